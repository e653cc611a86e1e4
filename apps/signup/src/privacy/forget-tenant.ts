import { em, sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { LockMode } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { Account } from '../tenants/account.entity.js';
import { AnnounceTenant } from '../tenants/announce-tenant.js';
import type { Tenant } from '../tenants/tenant.entity.js';

/** Removes what signup knows of the people behind a tenant whose row is locked, and tells the others to do the same. */
@Injectable()
export class ForgetTenant {
  constructor(
    private readonly clock: Clock,
    private readonly announce: AnnounceTenant,
  ) {}

  /** Inside a commit; safe to repeat. */
  async run(tenant: Tenant): Promise<void> {
    const now = this.clock.now();
    if (tenant.erase(now) === 'already') return;
    // Before the accounts' lock, as a new password takes its locks in this order.
    await sql('delete from password_reset where tenant_id = $1', [tenant.id]);
    // A log-in under way waits for the lock, and then finds no account; or its session is there, and ends with the others.
    const locked = { lockMode: LockMode.PESSIMISTIC_WRITE } as const;
    for (const account of await em().find(Account, { tenantId: tenant.id }, locked)) account.erase();
    await sql(`update session set ended_at = $2, ended_because = 'erasure' where tenant_id = $1 and ended_at is null`, [
      tenant.id,
      now.toISOString(),
    ]);
    await sql('update terms_acceptance set address = null, user_agent = null where tenant_id = $1', [tenant.id]);
    await sql('update signup_audit set address = null, user_agent = null where tenant_id = $1', [tenant.id]);
    await sql('delete from verification where tenant_id = $1', [tenant.id]);
    this.announce.afterCommit(tenant.id);
  }
}
