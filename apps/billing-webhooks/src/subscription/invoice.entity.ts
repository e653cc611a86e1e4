import { InvoicePaid, PaymentFailed } from '@latchkey/contracts';
import { record } from '@latchkey/shared/persistence';
import { defineEntity, p } from '@mikro-orm/core';

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

/** A bill above zero. Paid is final: a failure reported late says nothing any more. */
export class Invoice extends InvoiceSchema.class {
  pay(amountCents: number, now: Date): 'paid' | 'already' {
    if (this.state === 'paid') return 'already';
    this.state = 'paid';
    this.amountCents = amountCents;
    this.paidAt = now;
    record(InvoicePaid, this.tenantId, { invoice_ref: this.id, amount_cents: amountCents, currency: this.currency });
    return 'paid';
  }

  failAttempt(attempt: number, nextAttemptAt: Date | null): 'failed' | 'already' {
    if (this.state === 'paid' || attempt <= this.attempts) return 'already';
    this.attempts = attempt;
    record(PaymentFailed, this.tenantId, {
      invoice_ref: this.id,
      attempt,
      next_attempt_at: nextAttemptAt?.toISOString() ?? null,
    });
    return 'failed';
  }
}
InvoiceSchema.setClass(Invoice);
