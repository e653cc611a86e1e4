import { em } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { enqueue } from '@latchkey/shared/jobs';
import type { StripeCheckout } from '@latchkey/vendor-stripe';
import { Injectable } from '@nestjs/common';
import { lockCustomer, type Customer } from '../customer/customer.entity.js';
import { EndSubscription } from '../subscription/jobs.js';
import { Subscription } from '../subscription/subscription.entity.js';
import { Checkout } from './checkout.entity.js';

export type Settlement = 'completed' | 'expired' | 'open' | 'waiting_for_payment' | 'already' | 'duplicate';

/**
 * Takes over what Stripe says about a payment page. The webhook, the success page, the sweep and a repeated question
 * all come here, in any order and at once, and one of them changes something (FEATURES lessons 3 and 5).
 * Runs inside a commit; `session` was read from Stripe before it, with its subscription.
 */
@Injectable()
export class SettleCheckout {
  constructor(private readonly clock: Clock) {}

  async run(page: { tenantId: string; id: string }, session: StripeCheckout): Promise<Settlement> {
    const customer = await lockCustomer(page.tenantId, this.clock.now());
    const checkout = await em().findOneOrFail(Checkout, { id: page.id });
    if (session.customerId) customer.knownAs(session.customerId);
    // A session of an earlier key may end as well: nobody had its link, so its end says nothing about the tenant.
    if (session.status === 'expired')
      return session.id === checkout.sessionId ? checkout.expire(this.clock.now()) : 'already';
    if (session.status !== 'complete') return 'open';
    // A bank debit can stay unpaid for days; Stripe then reports the outcome with an event of its own.
    if (session.paymentStatus === 'unpaid') return 'waiting_for_payment';
    return this.complete(checkout, customer, session);
  }

  private async complete(checkout: Checkout, customer: Customer, session: StripeCheckout): Promise<Settlement> {
    const now = this.clock.now();
    const { subscription: paidFor } = session;
    if (!paidFor) throw new Error(`Stripe session ${session.id} is complete but was read without its subscription.`);
    if (await em().findOne(Subscription, { id: paidFor.id })) return 'already';
    const current = await em().findOne(Subscription, { tenantId: checkout.tenantId, unwanted: false, endedAt: null });
    // One paid subscription per tenant: the first is kept, a second one and one nobody may pay any more are undone.
    const unwanted = current !== null || !checkout.isLive() || customer.erasedAt != null;
    const ours = { tenantId: checkout.tenantId, checkoutId: checkout.id, plan: checkout.plan, unwanted, now };
    const subscription = em().create(Subscription, Subscription.from(paidFor, ours));
    if (unwanted) {
      checkout.close();
      subscription.wantEnd('duplicate', now);
      enqueue(EndSubscription, { subscription_id: subscription.id }, { key: subscription.id });
      return 'duplicate';
    }
    checkout.complete({
      sessionId: session.id,
      paymentStatus: session.paymentStatus === 'paid' ? 'paid' : 'no_payment_required',
      trialEndsAt: subscription.trialEndsAt ?? null,
      plan: subscription.plan,
      now,
    });
    subscription.sync(paidFor, now);
    return 'completed';
  }
}
