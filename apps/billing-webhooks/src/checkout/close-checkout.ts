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
  async run(tenantId: string, before: Date): Promise<'closed' | 'undone' | 'nothing_open'> {
    await lockCustomer(tenantId, this.clock.now());
    const checkout = await em().findOne(Checkout, { tenantId }, { orderBy: { generation: 'desc' } });
    if (!checkout || checkout.createdAt > before) return 'nothing_open';
    if (checkout.state === 'completed') return this.undoPayment(checkout);
    if (!checkout.isLive()) return 'nothing_open';
    checkout.close();
    if (checkout.sessionId) enqueue(CloseStripePage, { checkout_id: checkout.id });
    return 'closed';
  }

  /** Paid in the moment before signup gave the tenant up: a subscription nobody could ever use must not go on (DESIGN rule 7). */
  private async undoPayment(checkout: Checkout): Promise<'undone' | 'nothing_open'> {
    const subscription = await em().findOne(Subscription, { checkoutId: checkout.id, endedAt: null });
    if (!subscription || subscription.endWanted) return 'nothing_open';
    subscription.wantEnd('duplicate', this.clock.now());
    enqueue(EndSubscription, { subscription_id: subscription.id }, { key: subscription.id });
    return 'undone';
  }
}
