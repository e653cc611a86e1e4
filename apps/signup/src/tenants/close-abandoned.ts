import { em } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { LockMode } from '@mikro-orm/core';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { Tenant } from './tenant.entity.js';

/** Tenants one sweep touches at most, so that it never holds many locks; the next one takes the rest. */
const batch = 200;

/** Stripe's own expiry usually comes first; this is for signups that never had a checkout (FEATURES lesson 11). */
@Injectable()
export class CloseAbandoned {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  /** Inside a commit. Whoever holds a tenant's lock is busy with it right now: such a tenant is left for the next sweep. */
  async run(): Promise<number> {
    const before = new Date(this.clock.nowMs() - this.config.ABANDONED_AFTER_HOURS * 3_600_000);
    const abandoned = await em().find(
      Tenant,
      { status: 'pending_payment', paidAt: null, signedUpAt: { $lt: before } },
      { limit: batch, orderBy: { signedUpAt: 'asc' }, lockMode: LockMode.PESSIMISTIC_PARTIAL_WRITE },
    );
    for (const tenant of abandoned) tenant.expire('checkout_expired');
    return abandoned.length;
  }
}
