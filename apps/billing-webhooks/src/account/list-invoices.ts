import type { BillingInvoices } from '@latchkey/contracts';
import { Log } from '@latchkey/shared/observability';
import { Door, em } from '@latchkey/shared/persistence';
import { within } from '@latchkey/shared/time';
import { StripeApi, type StripeBill } from '@latchkey/vendor-stripe';
import { Injectable } from '@nestjs/common';
import { Customer } from '../customer/customer.entity.js';
import { Invoice } from '../subscription/invoice.entity.js';
import { stripePatienceMs } from './patience.js';

/** Two years of months; whoever needs older ones finds them in Stripe's portal. */
const invoicesMax = 24;

type Line = BillingInvoices['invoices'][number];

/** The tenant's invoices as Stripe has them, with their links; from our own books while Stripe is away. */
@Injectable()
export class ListInvoices {
  constructor(
    private readonly door: Door,
    private readonly stripe: StripeApi,
    private readonly log: Log,
  ) {}

  async run(tenantId: string): Promise<BillingInvoices> {
    const { customer, ours } = await this.door.read('own-invoices', async () => ({
      customer: await em().findOne(Customer, { tenantId, erasedAt: null }),
      ours: await em().find(Invoice, { tenantId }, { orderBy: { createdAt: 'desc' }, limit: invoicesMax }),
    }));
    if (!customer?.stripeCustomerId) return { stripe: 'answered', invoices: ours.map(lineOfOurs) };
    const bills = await this.askStripe(customer.stripeCustomerId);
    if (!bills) return { stripe: 'unavailable', invoices: ours.map(lineOfOurs) };
    return { stripe: 'answered', invoices: bills.map(lineOf) };
  }

  private async askStripe(customerId: string): Promise<StripeBill[] | null> {
    try {
      return await within(stripePatienceMs, this.stripe.listBills(customerId, invoicesMax), null);
    } catch (error) {
      this.log.warn('Stripe did not list invoices.', { customer: customerId, err: error });
      return null;
    }
  }
}

function lineOf(bill: StripeBill): Line {
  return {
    invoice_id: bill.id,
    number: bill.number,
    date: new Date(bill.createdMs).toISOString(),
    amount_cents: bill.totalCents,
    currency: bill.currency,
    status: bill.status ?? 'open',
    hosted_url: bill.hostedUrl,
    pdf_url: bill.pdfUrl,
  };
}

function lineOfOurs({ id, createdAt, amountCents, currency, state }: Invoice): Line {
  return {
    invoice_id: id,
    number: null,
    date: createdAt.toISOString(),
    amount_cents: amountCents,
    currency,
    status: state === 'paid' ? 'paid' : 'open',
    hosted_url: null,
    pdf_url: null,
  };
}
