import { em } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { LockMode } from '@mikro-orm/core';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { Tenant } from '../tenants/tenant.entity.js';
import { ForgetTenant } from './forget-tenant.js';

/** As many as one sweep may lock; the next one, an hour later, takes the rest. */
const batch = 200;

/**
 * A signup that was abandoned may be taken up again for a while. After that nothing justifies keeping an address and a name
 * (GDPR article 5: storage limitation), and who never proved the address could not even log in to ask for it.
 */
@Injectable()
export class ForgetAbandoned {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly clock: Clock,
    private readonly forgetTenant: ForgetTenant,
  ) {}

  /** Inside a commit. A tenant that is busy right now is left for the next sweep. */
  async run(): Promise<number> {
    const before = new Date(this.clock.nowMs() - this.config.ABANDONED_KEPT_DAYS * 86_400_000);
    const abandoned = await em().find(
      Tenant,
      { status: 'expired', paidAt: null, signedUpAt: { $lt: before } },
      { limit: batch, orderBy: { signedUpAt: 'asc' }, lockMode: LockMode.PESSIMISTIC_PARTIAL_WRITE },
    );
    for (const tenant of abandoned) await this.forgetTenant.run(tenant);
    return abandoned.length;
  }
}
