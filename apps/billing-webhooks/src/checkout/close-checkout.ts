import { enqueue } from '@latchkey/shared/jobs';
import { em } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { Injectable } from '@nestjs/common';
import { lockCustomer } from '../customer/customer.entity.js';
import { EndSubscription } from '../subscription/jobs.js';
import { Subscription } from '../subscription/subscription.entity.js';
import { Checkout } from './checkout.entity.js';
import { CloseStripePage } from './jobs.js';

/** The tenant is gone: the page that is still open must not be paid any more. Runs inside a commit. */
@Injectable()
export class CloseCheckout {
  constructor(private readonly clock: Clock) {}

  /** A page opened after `before` belongs to a tenant who came back meanwhile, and stays. */
  async run(tenantId: string, before: Date): Promise<'closed' | 'nothing_open'> {
    await lockCustomer(tenantId, this.clock.now());
    const checkout = await em().findOne(Checkout, { tenantId }, { orderBy: { generation: 'desc' } });
    if (!checkout?.isLive() || checkout.createdAt > before) return 'nothing_open';
    checkout.close();
    if (checkout.sessionId) enqueue(CloseStripePage, { checkout_id: checkout.id });
    return 'closed';
  }

  /**
   * A newer signup has replaced the tenant. If the page was paid in the moment before signup said so, the subscription
   * is one that nobody could ever use, and must not go on (DESIGN rule 7).
   */
  async replaced(tenantId: string, before: Date): Promise<'closed' | 'undone' | 'nothing_open'> {
    if ((await this.run(tenantId, before)) === 'closed') return 'closed';
    const subscription = await em().findOne(Subscription, { tenantId, unwanted: false, endedAt: null });
    if (!subscription || subscription.endWanted || subscription.createdAt > before) return 'nothing_open';
    subscription.wantEnd('duplicate', this.clock.now());
    enqueue(EndSubscription, { subscription_id: subscription.id }, { key: subscription.id });
    return 'undone';
  }
}
