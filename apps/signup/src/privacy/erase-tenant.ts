import { ProblemError } from '@latchkey/shared/errors';
import { Door, em, sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { LockMode } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import type { Caller } from '../gateway/caller.js';
import { HashingGate } from '../passwords/hashing-gate.js';
import { PasswordTries } from '../passwords/password-tries.js';
import type { Claims } from '../sessions/access-tokens.js';
import { Account } from '../tenants/account.entity.js';
import { AnnounceTenant } from '../tenants/announce-tenant.js';
import { Tenant } from '../tenants/tenant.entity.js';

/**
 * The right to be forgotten (S9, GDPR article 17). What signup knows of the person goes in this commit; every other
 * owner of data answers to the event. Dates, ids and the fact of having accepted the terms stay as evidence.
 */
@Injectable()
export class EraseTenant {
  constructor(
    private readonly door: Door,
    private readonly clock: Clock,
    private readonly hashing: HashingGate,
    private readonly tries: PasswordTries,
    private readonly announce: AnnounceTenant,
  ) {}

  /**
   * The password is asked again: a session left open on some machine must not be able to do this. Of who is erased already
   * there is none to compare with, and whoever asks again has not heard the answer.
   */
  async run({ tenantId, accountId }: Claims, password: string, caller: Caller): Promise<void> {
    const { tenant, account, email } = await this.door.read('erasure', async () => {
      const tenant = await em().findOne(Tenant, { id: tenantId });
      const account = await em().findOne(Account, { id: accountId, tenantId });
      const email = account?.email ?? '';
      if (tenant?.status !== 'erased') await this.tries.refuseLocked(email, caller);
      return { tenant, account, email };
    });
    if (tenant?.status === 'erased') return;
    if (!(await this.hashing.verify(account?.passwordHash ?? null, password))) {
      await this.tries.countWrong(email, caller);
      throw new ProblemError('password_wrong');
    }
    await this.door.commit('erase-tenant', async () => {
      await this.tries.refuseLocked(email, caller);
      await this.erase(tenantId);
    });
  }

  private async erase(tenantId: string): Promise<void> {
    const tenant = await em().findOne(Tenant, { id: tenantId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
    if (!tenant) throw new ProblemError('unknown_tenant');
    const now = this.clock.now();
    if (tenant.erase(now) === 'already') return;
    // Before the accounts' lock, as a new password takes its locks in this order.
    await sql('delete from password_reset where tenant_id = $1', [tenantId]);
    // A log-in under way waits for the lock, and then finds no account; or its session is there, and ends with the others.
    const locked = { lockMode: LockMode.PESSIMISTIC_WRITE } as const;
    for (const account of await em().find(Account, { tenantId }, locked)) account.erase();
    await sql(`update session set ended_at = $2, ended_because = 'erasure' where tenant_id = $1 and ended_at is null`, [
      tenantId,
      now.toISOString(),
    ]);
    await sql('update terms_acceptance set address = null, user_agent = null where tenant_id = $1', [tenantId]);
    await sql('update signup_audit set address = null, user_agent = null where tenant_id = $1', [tenantId]);
    await sql('delete from verification where tenant_id = $1', [tenantId]);
    this.announce.afterCommit(tenantId);
  }
}
