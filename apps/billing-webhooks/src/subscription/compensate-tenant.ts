import { enqueue } from '@latchkey/shared/jobs';
import { em } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { Injectable } from '@nestjs/common';
import { lockCustomer } from '../customer/customer.entity.js';
import { EndSubscription } from './jobs.js';
import { Subscription } from './subscription.entity.js';

/** The workspace could not be built: whoever paid for it pays nothing (F1, N1). Runs inside a commit. */
@Injectable()
export class CompensateTenant {
  constructor(private readonly clock: Clock) {}

  /** A clearance that was forgiven when an operator had the tenant tried again is not the present one any more. */
  async run(tenantId: string, generation?: number): Promise<void> {
    const now = this.clock.now();
    await lockCustomer(tenantId, now);
    // The newest, even if it ended meanwhile: its payments must go back all the same.
    const subscription = await em().findOne(
      Subscription,
      { tenantId, unwanted: false },
      { orderBy: { createdAt: 'desc' } },
    );
    // Provisioning follows payment, so this is an event ahead of its cause or a fault: not to be passed over in silence.
    if (!subscription) throw new Error(`Tenant ${tenantId} has no subscription to compensate.`);
    if (generation !== undefined && generation <= subscription.keptGeneration) return;
    subscription.wantEnd('provisioning_failed', now);
    enqueue(EndSubscription, { subscription_id: subscription.id }, { key: subscription.id });
  }
}
