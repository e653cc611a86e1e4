import { GiveUp } from '@latchkey/shared/errors';
import type { JobRun } from '@latchkey/shared/jobs';
import { counter } from '@latchkey/shared/observability';
import { Door, em, sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { StripeApi, type StripePayment } from '@latchkey/vendor-stripe';
import { Injectable } from '@nestjs/common';
import { lockCustomer } from '../customer/customer.entity.js';
import { Refund, type RefundReason } from './refund.entity.js';
import { Subscription } from './subscription.entity.js';

const attempts = counter(
  'billing_compensation_attempts_total',
  'Tries to end a subscription and give the money back.',
  ['reason', 'outcome'],
);

/**
 * The compensation of rule 7: cancel, give back every payment that really moved, then say so once. During a trial
 * nothing was charged and nothing is refunded (FEATURES section 5, trap 8). An erasure keeps what was paid before it was
 * asked for, and gives back what Stripe charged since, because we could not cancel in time. Every call is safe to repeat, so the job
 * simply starts again until all of it is true.
 */
@Injectable()
export class EndOneSubscription {
  constructor(
    private readonly door: Door,
    private readonly clock: Clock,
    private readonly stripe: StripeApi,
  ) {}

  async run(subscriptionId: string, run: JobRun): Promise<void> {
    const subscription = await this.begin(subscriptionId);
    if (!subscription?.endWanted) return;
    const reason = subscription.endWanted;
    try {
      await this.stripe.cancelSubscription(subscription.id);
      const refunded = await this.refundAll(subscription);
      await run.commit(() => this.finish(subscription, refunded));
      attempts.inc({ reason, outcome: 'done' });
    } catch (error) {
      attempts.inc({ reason, outcome: 'failed' });
      // Even what Stripe refuses is tried again: a wrong key is mended by an operator, and the money must still go back.
      if (error instanceof GiveUp) throw new Error(`Not given up: ${error.message}`, { cause: error });
      throw error;
    }
  }

  /** Written before Stripe hears of it: from here on the subscription cannot be kept for a retry any more. */
  private async begin(subscriptionId: string): Promise<Subscription | null> {
    const known = await this.door.read('end-subscription', () => em().findOne(Subscription, { id: subscriptionId }));
    if (!known?.endWanted || known.endBegunAt) return known;
    return this.door.commit('begin-end', async () => {
      const now = this.clock.now();
      await lockCustomer(known.tenantId, now);
      const subscription = await em().findOneOrFail(Subscription, { id: subscriptionId });
      if (subscription.endWanted) subscription.endBegunAt ??= now;
      return subscription;
    });
  }

  private async refundAll(subscription: Subscription): Promise<RefundedPayment[]> {
    const { endWanted, endWantedAt } = subscription;
    const keepsMs = endWanted === 'erasure' && endWantedAt ? endWantedAt.getTime() : -Infinity;
    // The contract has no word of its own for what an erasure gives back.
    const reason = !endWanted || endWanted === 'erasure' ? 'operator' : endWanted;
    const charged = await this.stripe.listPayments(subscription.id);
    const payments = charged.filter(({ paidAtMs }) => (paidAtMs ?? Infinity) > keepsMs);
    if (payments.length === 0) return [];
    const open = await this.door.commit('claim-refunds', () => this.claim(subscription, payments, reason));
    const refunded: RefundedPayment[] = [];
    for (const payment of payments) {
      const refund = open.find(({ id }) => id === payment.paymentIntentId);
      if (refund) refunded.push({ payment, stripeRefundId: await this.refund(refund, payment) });
    }
    return refunded;
  }

  /** One row per payment, whoever comes first; what was refunded before is left out. */
  private async claim(subscription: Subscription, payments: StripePayment[], reason: RefundReason): Promise<Refund[]> {
    const now = this.clock.now();
    await lockCustomer(subscription.tenantId, now);
    for (const { paymentIntentId, amountPaid, currency } of payments)
      await sql(
        `insert into refund (id, tenant_id, subscription_id, reason, amount_cents, currency, key_generation, wanted_at)
         values ($1, $2, $3, $4, $5, $6, 1, $7) on conflict do nothing`,
        [paymentIntentId, subscription.tenantId, subscription.id, reason, amountPaid, currency, now],
      );
    // A person may have given back a part at Stripe's own page; Stripe then refunds what is left of it.
    const ids = payments.map(({ paymentIntentId }) => paymentIntentId);
    return em().find(Refund, { id: ids, $or: [{ refundedAt: null }, { reason: 'operator' }] });
  }

  /** Asks first: whatever became of earlier tries, days ago or under keys Stripe has forgotten, money goes back once. */
  private async refund(refund: Refund, { paymentIntentId, amountPaid }: StripePayment): Promise<string | null> {
    const back = await this.stripe.findRefunds(paymentIntentId);
    if (back.cents >= amountPaid) return back.lastId;
    try {
      const idempotencyKey = refund.idempotencyKey(back.failed);
      return (await this.stripe.refundPayment({ paymentIntentId, idempotencyKey })).id;
    } catch (error) {
      // Stripe keeps a failure under its key for a day; the next try looks first, and only then uses a new key.
      if (error instanceof Error && 'code' in error && error.code === 'idempotent_replay')
        await this.door.commit('renew-refund-key', async () =>
          (await em().findOneOrFail(Refund, { id: refund.id })).renewKey(),
        );
      throw error;
    }
  }

  private async finish(claimed: Subscription, refunded: RefundedPayment[]): Promise<void> {
    const now = this.clock.now();
    await lockCustomer(claimed.tenantId, now);
    const subscription = await em().findOneOrFail(Subscription, { id: claimed.id });
    // A failure of ours that came meanwhile gives back more than an erasure does.
    if (subscription.endWanted !== claimed.endWanted)
      throw new Error(`The reason to end ${claimed.id} changed meanwhile: once more.`);
    const ids = refunded.map(({ payment }) => payment.paymentIntentId);
    const refunds = await em().find(Refund, { $or: [{ subscriptionId: claimed.id }, { id: ids }] });
    for (const { payment, stripeRefundId } of refunded)
      refunds.find(({ id }) => id === payment.paymentIntentId)?.done(payment.amountPaid, stripeRefundId, now);
    const refundedCents = refunds
      .filter((refund) => refund.refundedAt)
      .reduce((sum, refund) => sum + refund.amountCents, 0);
    subscription.status = 'canceled';
    subscription.end(subscription.endWanted ?? 'customer', refundedCents, now);
  }
}

interface RefundedPayment {
  payment: StripePayment;
  stripeRefundId: string | null;
}
