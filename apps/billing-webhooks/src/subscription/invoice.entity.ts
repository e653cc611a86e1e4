import { InvoicePaid, PaymentFailed } from '@latchkey/contracts';
import { counter, vendorUnits } from '@latchkey/shared/observability';
import { afterCommit, record } from '@latchkey/shared/persistence';
import type { StripeInvoice } from '@latchkey/vendor-stripe';
import { defineEntity, p } from '@mikro-orm/core';

const paidCents = counter('billing_paid_cents_total', 'Money customers paid.', ['currency']);

const InvoiceSchema = defineEntity({
  name: 'Invoice',
  tableName: 'invoice',
  properties: {
    /** Stripe's id. */
    id: p.text().primary(),
    tenantId: p.text(),
    subscriptionId: p.text(),
    state: p.text().$type<'unpaid' | 'paid'>(),
    amountCents: p.integer(),
    currency: p.text(),
    /** The highest failed attempt we told about. */
    attempts: p.integer(),
    createdAt: p.datetime(3),
    paidAt: p.datetime(3).nullable(),
  },
  indexes: [{ name: 'invoice_tenant_index', properties: ['tenantId'] }],
});

/** A bill above zero, as Stripe last showed it. Paid is final: a failure reported late says nothing any more. */
export class Invoice extends InvoiceSchema.class {
  sync(stripe: StripeInvoice, now: Date): 'paid' | 'failed' | 'already' {
    if (this.state === 'paid') return 'already';
    if (stripe.status === 'paid') return this.pay(stripe, now);
    if (stripe.attempts <= this.attempts) return 'already';
    this.attempts = stripe.attempts;
    record(PaymentFailed, this.tenantId, {
      invoice_ref: this.id,
      attempt: stripe.attempts,
      next_attempt_at: stripe.nextAttemptMs === null ? null : new Date(stripe.nextAttemptMs).toISOString(),
    });
    return 'failed';
  }

  private pay({ amountPaidCents }: StripeInvoice, now: Date): 'paid' {
    this.state = 'paid';
    this.amountCents = amountPaidCents;
    this.paidAt = now;
    record(InvoicePaid, this.tenantId, {
      invoice_ref: this.id,
      amount_cents: amountPaidCents,
      currency: this.currency,
    });
    afterCommit(() => {
      paidCents.inc({ currency: this.currency }, amountPaidCents);
      vendorUnits.inc({ vendor: 'stripe', unit: 'payments' });
    });
    return 'paid';
  }
}
InvoiceSchema.setClass(Invoice);
