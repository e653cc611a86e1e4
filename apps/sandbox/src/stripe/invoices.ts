import { newId } from '../core/random.js';
import { missing } from './errors.js';
import { read } from './form.js';
import { embedded, page } from './lists.js';
import type { Operation } from './operation.js';
import { chargeCard } from './payments.js';
import type { Subscription } from './subscriptions.js';
import type { StripeWorld } from './world.js';

export type Invoice = ReturnType<typeof newInvoice>;
export type InvoicePayment = ReturnType<typeof newInvoicePayment>;

export interface InvoiceLine {
  cents: number;
  description: string;
  price: { id: string; product: string; unit_amount: number };
  item: string;
  quantity: number;
  period: { start: number; end: number };
  proration: boolean;
}

/** Starts a draft for a subscription; nothing is asked for until it is finalized. */
export function draftInvoice(
  world: StripeWorld,
  subscription: Subscription,
  reason: 'subscription_create' | 'subscription_cycle' | 'subscription_update',
  lines: readonly InvoiceLine[],
): Invoice {
  const invoice = newInvoice(world, subscription, reason, lines);
  world.invoices.set(invoice.id, invoice);
  world.sim.effect('invoice.created', subscription.metadata['tenant_id'] ?? subscription.id, {
    id: invoice.id,
    reason,
  });
  world.emit('invoice.created', invoice);
  return invoice;
}

/** Fixes the amounts and gives the invoice its number. */
export function finalizeInvoice(world: StripeWorld, invoice: Invoice): Invoice {
  const now = world.now();
  const open: Invoice = {
    ...invoice,
    status: 'open',
    number: `${newId('', 8).toUpperCase()}-0001`,
    hosted_invoice_url: `${world.sim.url('stripe')}/i/${invoice.id}`,
    effective_at: now,
    ending_balance: 0,
    status_transitions: { ...invoice.status_transitions, finalized_at: now },
  };
  world.invoices.set(open.id, open);
  world.emit('invoice.finalized', open);
  return open;
}

/** Collects an open invoice from the given card. Nothing to pay is paid at once, without any payment object. */
export function collectInvoice(world: StripeWorld, invoice: Invoice, method: string | null): Invoice {
  const now = world.now();
  const attempts = invoice.attempt_count + 1;
  if (invoice.amount_due === 0) return settled(world, { ...invoice, attempted: true, attempt_count: 0 });
  const result =
    method === null
      ? undefined
      : chargeCard(world, {
          cents: invoice.amount_due,
          currency: invoice.currency,
          customer: invoice.customer,
          method,
          description:
            invoice.billing_reason === 'subscription_create' ? 'Subscription creation' : 'Subscription update',
          metadata: invoice.parent.subscription_details.metadata,
        });
  if (result && !result.decline) {
    const payment = newInvoicePayment(world, invoice, result.intent.id);
    world.invoicePayments.set(payment.id, payment);
    world.emit('invoice_payment.paid', payment);
    return settled(world, {
      ...invoice,
      attempted: true,
      attempt_count: attempts,
      amount_paid: invoice.amount_due,
      amount_remaining: 0,
    });
  }
  const failed: Invoice = { ...invoice, attempted: true, attempt_count: attempts, webhooks_delivered_at: now };
  return world.invoices.set(failed.id, failed);
}

function settled(world: StripeWorld, invoice: Invoice): Invoice {
  const now = world.now();
  const paid: Invoice = {
    ...invoice,
    status: 'paid',
    auto_advance: false,
    next_payment_attempt: null,
    webhooks_delivered_at: now,
    status_transitions: { ...invoice.status_transitions, paid_at: now },
  };
  world.invoices.set(paid.id, paid);
  world.emit('invoice.paid', paid);
  world.emit('invoice.payment_succeeded', paid);
  return paid;
}

/** An invoice that is stored nowhere yet. */
export function newInvoice(
  world: StripeWorld,
  subscription: Subscription,
  reason: string,
  lines: readonly InvoiceLine[],
) {
  const id = newId('in');
  const now = world.now();
  const total = lines.reduce((sum, line) => sum + line.cents, 0);
  // A negative total would become credit; the sandbox never owes.
  const due = Math.max(total, 0);
  const customer = world.customers.get(subscription.customer);
  const person = customer && !('deleted' in customer) ? customer : undefined;
  const metadata = { ...subscription.metadata };
  return {
    id,
    object: 'invoice' as const,
    account_country: 'US',
    account_name: 'Latchkey sandbox',
    account_tax_ids: null,
    amount_due: due,
    amount_overpaid: 0,
    amount_paid: 0,
    amount_remaining: due,
    amount_shipping: 0,
    application: null,
    attempt_count: 0,
    attempted: false,
    auto_advance: true,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
    automatically_finalizes_at: null as number | null,
    billing_reason: reason,
    collection_method: 'charge_automatically',
    created: now,
    currency: subscription.currency,
    custom_fields: null,
    customer: subscription.customer,
    customer_account: null,
    customer_address: null,
    customer_email: person?.email ?? null,
    customer_name: person?.name ?? null,
    customer_phone: person?.phone ?? null,
    customer_shipping: null,
    customer_tax_exempt: 'none',
    customer_tax_ids: [],
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    due_date: null,
    effective_at: null as number | null,
    ending_balance: null as number | null,
    footer: null,
    from_invoice: null,
    hosted_invoice_url: null as string | null,
    invoice_pdf: null,
    issuer: { type: 'self' },
    last_finalization_error: null,
    latest_revision: null,
    lines: embedded(
      lines.map((line) => newLine(line, id, subscription, metadata)),
      `/v1/invoices/${id}/lines`,
    ),
    livemode: false,
    metadata: {},
    next_payment_attempt: null as number | null,
    number: null as string | null,
    on_behalf_of: null,
    parent: {
      quote_details: null,
      subscription_details: { metadata, subscription: subscription.id },
      type: 'subscription_details',
    },
    payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
    period_end: now,
    period_start: now,
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    receipt_number: null,
    rendering: null,
    shipping_cost: null,
    shipping_details: null,
    starting_balance: 0,
    statement_descriptor: null,
    status: 'draft' as 'draft' | 'open' | 'paid' | 'void' | 'uncollectible',
    status_transitions: {
      finalized_at: null as number | null,
      marked_uncollectible_at: null as number | null,
      paid_at: null as number | null,
      voided_at: null as number | null,
    },
    subtotal: total,
    subtotal_excluding_tax: total,
    test_clock: null,
    total,
    total_discount_amounts: [],
    total_excluding_tax: total,
    total_pretax_credit_amounts: [],
    total_taxes: [],
    webhooks_delivered_at: null as number | null,
  };
}

function newLine(line: InvoiceLine, invoice: string, subscription: Subscription, metadata: Record<string, string>) {
  return {
    id: newId('il'),
    object: 'line_item' as const,
    amount: line.cents,
    currency: subscription.currency,
    description: line.description,
    discount_amounts: [],
    discountable: true,
    discounts: [],
    invoice,
    livemode: false,
    metadata,
    parent: {
      invoice_item_details: null,
      subscription_item_details: {
        invoice_item: null,
        proration: line.proration,
        proration_details: { credited_items: null },
        subscription: subscription.id,
        subscription_item: line.item,
      },
      type: 'subscription_item_details',
    },
    period: { ...line.period },
    pretax_credit_amounts: [],
    pricing: {
      price_details: { price: line.price.id, product: line.price.product },
      type: 'price_details',
      unit_amount_decimal: String(line.price.unit_amount),
    },
    quantity: line.quantity,
    quantity_decimal: String(line.quantity),
    subscription: subscription.id,
    subtotal: line.cents,
    taxes: [],
  };
}

function newInvoicePayment(world: StripeWorld, invoice: Invoice, intent: string) {
  return {
    id: newId('inpay'),
    object: 'invoice_payment' as const,
    amount_paid: invoice.amount_due,
    amount_requested: invoice.amount_due,
    created: world.now(),
    currency: invoice.currency,
    invoice: invoice.id,
    is_default: true,
    livemode: false,
    payment: { payment_intent: intent, type: 'payment_intent' },
    status: 'paid',
    status_transitions: { canceled_at: null, paid_at: world.now() },
  };
}

export const invoiceOperations: readonly Operation[] = [
  {
    method: 'GET',
    path: '/v1/invoices/:id',
    params: 'invoices.retrieve',
    run: (world, { id }) => world.invoices.get(id) ?? notFound('invoice', id),
  },
  {
    method: 'GET',
    path: '/v1/invoices',
    params: 'invoices.list',
    supported: ['customer', 'subscription', 'status', 'created', 'limit', 'starting_after', 'ending_before', 'expand'],
    run: (world, { params }) => {
      const same = (name: string, value: string) => (read.text(params, name) ?? value) === value;
      return page(
        world.invoices.values(),
        '/v1/invoices',
        params,
        (invoice) =>
          same('customer', invoice.customer) &&
          same('subscription', invoice.parent.subscription_details.subscription) &&
          same('status', invoice.status),
      );
    },
  },
  {
    method: 'GET',
    path: '/v1/invoice_payments/:id',
    params: 'invoicePayments.retrieve',
    run: (world, { id }) => world.invoicePayments.get(id) ?? notFound('invoice_payment', id),
  },
  {
    method: 'GET',
    path: '/v1/invoice_payments',
    params: 'invoicePayments.list',
    supported: ['invoice', 'payment', 'status', 'created', 'limit', 'starting_after', 'ending_before', 'expand'],
    run: (world, { params }) => {
      const same = (name: string, value: string) => (read.text(params, name) ?? value) === value;
      const intent = read.text(read.object(params, 'payment'), 'payment_intent');
      return page(
        world.invoicePayments.values(),
        '/v1/invoice_payments',
        params,
        (payment) =>
          same('invoice', payment.invoice) &&
          same('status', payment.status) &&
          (intent === undefined || payment.payment.payment_intent === intent),
      );
    },
  },
];

function notFound(what: string, id: string): never {
  throw missing(what, id);
}
