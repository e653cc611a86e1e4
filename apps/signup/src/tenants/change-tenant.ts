import { nameTenant, Log } from '@latchkey/shared/observability';
import { em } from '@latchkey/shared/persistence';
import { LockMode } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { AnnounceTenant } from './announce-tenant.js';
import { Tenant, type Outcome } from './tenant.entity.js';

/**
 * Applies one verb to a tenant under its row lock, inside the commit of whoever calls. An event about a tenant we do
 * not have throws: it is tried again and then waits among the dead letters, because it can only be our mistake.
 */
@Injectable()
export class ChangeTenant {
  constructor(
    private readonly announce: AnnounceTenant,
    private readonly log: Log,
  ) {}

  async run(tenantId: string, verb: (tenant: Tenant) => Outcome | Promise<Outcome>): Promise<void> {
    nameTenant(tenantId);
    const tenant = await em().findOne(Tenant, { id: tenantId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
    if (!tenant) throw new Error(`There is no tenant ${tenantId} here.`);
    const outcome = await verb(tenant);
    if (outcome === 'done') this.announce.afterCommit(tenantId);
    if (outcome === 'too_late') this.log.warn('A fact came too late for its tenant.', { status: tenant.status });
  }
}
