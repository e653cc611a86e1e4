import { ProblemError } from '@latchkey/shared/errors';
import { Door, em } from '@latchkey/shared/persistence';
import { Injectable } from '@nestjs/common';
import { Tenant } from './tenant.entity.js';

/** The tenant of a session. A token outlives its tenant by minutes, so an erased one is unauthorized like no token. */
@Injectable()
export class LoadTenant {
  constructor(private readonly door: Door) {}

  async run(tenantId: string): Promise<Tenant> {
    const tenant = await this.door.read('session-tenant', () => em().findOne(Tenant, { id: tenantId }));
    if (!tenant || tenant.status === 'erased') throw new ProblemError('unauthorized');
    return tenant;
  }

  /** For what needs a workspace: refuses with `tenant_not_active` before there is one and after it is closed. */
  async active(tenantId: string): Promise<Tenant> {
    const tenant = await this.run(tenantId);
    if (tenant.status !== 'active') throw new ProblemError('tenant_not_active');
    return tenant;
  }
}
