import { ChargeRefunded, type EventData } from '@latchkey/contracts';
import { counter, startAtZero } from '@latchkey/shared/observability';
import { afterCommit, record } from '@latchkey/shared/persistence';
import { defineEntity, p } from '@mikro-orm/core';

export type RefundReason = EventData<typeof ChargeRefunded>['reason'];

const refunds = counter('billing_refunds_total', 'Payments given back, in whole or in part.', ['reason']);
startAtZero(refunds, { reason: ChargeRefunded.data.shape.reason.options });
const refundedCents = counter('billing_refunded_cents_total', 'Money given back.', ['reason', 'currency']);

const RefundSchema = defineEntity({
  name: 'Refund',
  tableName: 'refund',
  properties: {
    /** Stripe's payment intent: money goes back once per payment, whatever asks for it (FEATURES lesson 7). */
    id: p.text().primary(),
    tenantId: p.text(),
    subscriptionId: p.text().nullable(),
    reason: p.text().$type<RefundReason>(),
    amountCents: p.integer(),
    currency: p.text(),
    keyGeneration: p.integer(),
    stripeRefundId: p.text().nullable(),
    wantedAt: p.datetime(3),
    refundedAt: p.datetime(3).nullable(),
  },
  indexes: [
    { name: 'refund_tenant_index', properties: ['tenantId'] },
    { name: 'refund_open_index', properties: ['wantedAt'], where: 'refunded_at is null' },
  ],
});

/** Money on its way back, or back. */
export class Refund extends RefundSchema.class {
  /**
   * The key under which Stripe refunds at most once. A new one only after Stripe stored a failure under the old one, or
   * after a bank sent `failed` refunds back: the old key would repeat the old answer.
   */
  idempotencyKey(failed: number): string {
    return `refund:${this.id}:${this.keyGeneration}${failed > 0 ? `.${failed}` : ''}`;
  }

  renewKey(): void {
    this.keyGeneration += 1;
  }

  /** The whole payment is back. What a person had given back of it before was told then; this tells the rest. */
  done(paidCents: number, stripeRefundId: string | null, now: Date): 'done' | 'already' {
    const reference = stripeRefundId ?? this.id;
    if (this.refundedAt) return this.grewTo(paidCents, reference, now) === 'grew' ? 'done' : 'already';
    this.refundedAt = now;
    this.stripeRefundId = stripeRefundId;
    this.amountCents = paidCents;
    this.tell(reference, paidCents);
    return 'done';
  }

  /** A person refunded at Stripe's own page, perhaps in parts: tells what was added since. */
  grewTo(amountCents: number, reference: string, now: Date): 'grew' | 'already' {
    const addedCents = amountCents - this.amountCents;
    if (addedCents <= 0) return 'already';
    this.amountCents = amountCents;
    this.refundedAt = now;
    this.tell(reference, addedCents);
    return 'grew';
  }

  private tell(reference: string, amountCents: number): void {
    record(ChargeRefunded, this.tenantId, {
      refund_ref: reference,
      amount_cents: amountCents,
      currency: this.currency,
      reason: this.reason,
    });
    afterCommit(() => {
      refunds.inc({ reason: this.reason });
      refundedCents.inc({ reason: this.reason, currency: this.currency }, amountCents);
    });
  }
}
RefundSchema.setClass(Refund);
