import { EventEmitter, once } from 'node:events';
import { afterCommit, em, sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { enqueue } from '@latchkey/shared/jobs';
import type { StripeCheckout } from '@latchkey/vendor-stripe';
import { Injectable } from '@nestjs/common';
import { lockCustomer, type Customer } from '../customer/customer.entity.js';
import { EndSubscription } from '../subscription/jobs.js';
import { Subscription } from '../subscription/subscription.entity.js';
import { Checkout, type CheckoutState } from './checkout.entity.js';
import { decideSettlement, type KnownOfTenant } from './decide-settlement.js';

export type Settlement = 'completed' | 'expired' | 'open' | 'waiting_for_payment' | 'already' | 'duplicate';

/**
 * Takes over what Stripe says about a payment page. The webhook, the success page, the sweep and a repeated question
 * all come here, in any order and at once, and one of them changes something (FEATURES lessons 3 and 5).
 * Runs inside a commit; `session` was read from Stripe before it, with its subscription.
 */
@Injectable()
export class SettleCheckout {
  private readonly settled = new EventEmitter().setMaxListeners(0);

  constructor(private readonly clock: Clock) {}

  /**
   * The page's state once this process has settled it, or undefined after so long. Another replica's doing is not heard:
   * look again afterwards.
   */
  async waitFor(checkoutId: string, ms: number): Promise<CheckoutState | undefined> {
    const signal = AbortSignal.timeout(ms);
    const [state] = await once(this.settled, checkoutId, { signal }).catch(() => []);
    return state as CheckoutState | undefined;
  }

  async run(page: { tenantId: string; id: string }, session: StripeCheckout): Promise<Settlement> {
    const now = this.clock.now();
    const customer = await lockCustomer(page.tenantId, now);
    const [checkout, known] = await Promise.all([
      em().findOneOrFail(Checkout, { id: page.id }),
      this.known(customer, session),
    ]);
    afterCommit(() => this.settled.emit(page.id, checkout.state));
    if (session.customerId) customer.knownAs(session.customerId);
    const decision = decideSettlement(checkout, session, known);
    if (decision === 'expire') return checkout.expire(now);
    if (decision !== 'complete' && decision !== 'undo') return decision;
    const { subscription: paidFor } = session;
    if (!paidFor) throw new Error(`Stripe session ${session.id} is complete but was read without its subscription.`);
    const unwanted = decision === 'undo';
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

  /** Only a completed session needs to know more than itself. */
  private async known({ tenantId, erasedAt }: Customer, session: StripeCheckout): Promise<KnownOfTenant> {
    const isErased = erasedAt != null;
    if (session.status !== 'complete' || !session.subscription) return { isKnown: false, hasCurrent: false, isErased };
    const [known] = await sql<{ is_known: boolean; has_current: boolean }>(
      `select exists (select 1 from subscription where id = $1) as is_known,
         exists (select 1 from subscription where tenant_id = $2 and not unwanted and ended_at is null) as has_current`,
      [session.subscription.id, tenantId],
    );
    return { isKnown: known!.is_known, hasCurrent: known!.has_current, isErased };
  }
}
