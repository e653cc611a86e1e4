import { ProblemError } from '@latchkey/shared/errors';
import { Door, em, sql } from '@latchkey/shared/persistence';
import { LockMode } from '@mikro-orm/core';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import type { Caller } from '../gateway/caller.js';
import { auditHashOf } from '../onboarding/signup-trail.js';
import { HashingGate } from '../passwords/hashing-gate.js';
import { PasswordTries } from '../passwords/password-tries.js';
import type { Claims } from '../sessions/access-tokens.js';
import { Account } from '../tenants/account.entity.js';
import { Tenant } from '../tenants/tenant.entity.js';
import { ForgetTenant } from './forget-tenant.js';

/**
 * The right to be forgotten (S9, GDPR article 17). What signup knows of the person goes in this commit; every other
 * owner of data answers to the event. Dates, ids and the fact of having accepted the terms stay as evidence. With it go
 * what the same person, by a verified address, signed up with before, and where refused attempts came from.
 */
@Injectable()
export class EraseTenant {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly door: Door,
    private readonly hashing: HashingGate,
    private readonly tries: PasswordTries,
    private readonly forgetTenant: ForgetTenant,
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
    // Whoever has not proved that the address is theirs may not touch what others did with it.
    const email = tenant.emailVerifiedAt ? await claimedEmailOf(tenantId) : null;
    for (const earlier of email === null ? [] : await earlierWith(email)) await this.forgetTenant.run(earlier);
    await this.forgetTenant.run(tenant);
    if (email === null) return;
    const hash = auditHashOf(email, this.config.VERIFICATION_SECRET);
    await sql('update signup_audit set address = null, user_agent = null where email_hash = $1', [hash]);
  }
}

async function claimedEmailOf(tenantId: string): Promise<string | null> {
  return (await em().findOne(Account, { tenantId, claimedEmail: { $ne: null } }))?.claimedEmail ?? null;
}

/** Tenants of the same person from whom a newer signup took the address over; nobody can log in to them and ask for it. */
async function earlierWith(email: string): Promise<Tenant[]> {
  const accounts = await em().find(Account, { email, claimedEmail: null });
  const ids = accounts.map(({ tenantId }) => tenantId);
  const locked = { lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { id: 'asc' } } as const;
  return em().find(Tenant, { id: { $in: ids } }, locked);
}
