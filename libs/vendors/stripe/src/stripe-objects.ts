import type { Stripe } from 'stripe';

/** A snapshot event as Stripe sends it; narrow it by `type`. Its `data.object` may be older than what the API answers now. */
export type StripeEvent = Stripe.Event;

/** The object of one type of event, e.g. `StripeEventObject<'invoice.paid'>`. */
export type StripeEventObject<Type extends StripeEvent['type']> = Extract<
  StripeEvent,
  { type: Type }
>['data']['object'];

/** What we keep of a Checkout session. `paymentStatus` is `no_payment_required` while a trial is free: wait on `unpaid` only. */
export interface StripeCheckout {
  id: string;
  url: string | null;
  status: 'open' | 'complete' | 'expired' | (string & {}) | null;
  paymentStatus: 'paid' | 'unpaid' | 'no_payment_required' | (string & {});
  customerId: string | null;
  subscriptionId: string | null;
  /** Present when the session was read with its subscription. */
  subscription: StripeSubscription | null;
  metadata: Record<string, string>;
  createdMs: number;
  expiresAtMs: number;
}

/** What we keep of a subscription. Stripe may add states: a switch over `status` needs a default. */
export interface StripeSubscription {
  id: string;
  status:
    | 'trialing'
    | 'active'
    | 'past_due'
    | 'unpaid'
    | 'canceled'
    | 'incomplete'
    | 'incomplete_expired'
    | 'paused'
    | (string & {});
  customerId: string;
  priceId: string | null;
  lookupKey: string | null;
  /** The periods live on the items since 2025-03-31.basil; ours has one item. */
  currentPeriodStartMs: number | null;
  currentPeriodEndMs: number | null;
  trialEndMs: number | null;
  cancelAtMs: number | null;
  /** It ends with the running period. Stripe's portal says so with `cancel_at` alone, since billing is flexible by default. */
  cancelAtPeriodEnd: boolean;
  canceledAtMs: number | null;
  /** Stripe's reason for an end: `cancellation_requested`, `payment_failed` or `payment_disputed`. */
  cancellationReason: string | null;
  latestInvoiceId: string | null;
  createdMs: number;
  metadata: Record<string, string>;
}

/** What we keep of an invoice, as it stands now. */
export interface StripeInvoice {
  id: string;
  subscriptionId: string | null;
  status: 'draft' | 'open' | 'paid' | 'uncollectible' | 'void' | (string & {}) | null;
  amountPaidCents: number;
  amountDueCents: number;
  currency: string;
  attempts: number;
  nextAttemptMs: number | null;
}

/** An invoice as its payer may see it. Drafts are not among them: Stripe may still change those. */
export interface StripeBill {
  id: string;
  number: string | null;
  createdMs: number;
  status: StripeInvoice['status'];
  totalCents: number;
  amountPaidCents: number;
  currency: string;
  /** Stripe's own pages; null where it has none. */
  hostedUrl: string | null;
  pdfUrl: string | null;
}

/** What the next period will cost, as Stripe reckons it now. */
export interface StripeNextBill {
  amountDueCents: number;
  currency: string;
  dueMs: number | null;
}

/** What may be shown of a card. */
export interface StripeCard {
  brand: string;
  last4: string;
  expMonth: number;
  expYear: number;
}

/** Money that really moved for an invoice, and the payment intent a refund needs. */
export interface StripePayment {
  invoiceId: string;
  paymentIntentId: string;
  amountPaid: number;
  paidAtMs: number | null;
  currency: string;
}

/** One page of a list; with `more`, the next one follows after the last item's id. */
export interface StripePage<T> {
  items: T[];
  more: boolean;
}

export interface StripePrice {
  id: string;
  lookupKey: string;
  unitAmount: number | null;
  currency: string;
}

/** Stripe sends an id, or the object itself where it was expanded. */
export function idOf(reference: string | { id: string } | null | undefined): string | null {
  if (reference === null || reference === undefined) return null;
  return typeof reference === 'string' ? reference : reference.id;
}

export const toMs = (seconds: number | null | undefined) =>
  seconds === null || seconds === undefined ? null : seconds * 1000;

export function readCheckout(session: Stripe.Checkout.Session): StripeCheckout {
  const { subscription } = session;
  return {
    id: session.id,
    url: session.url,
    status: session.status,
    paymentStatus: session.payment_status,
    customerId: idOf(session.customer),
    subscriptionId: idOf(subscription),
    subscription: typeof subscription === 'object' && subscription !== null ? readSubscription(subscription) : null,
    metadata: session.metadata ?? {},
    createdMs: session.created * 1000,
    expiresAtMs: session.expires_at * 1000,
  };
}

export function readSubscription(subscription: Stripe.Subscription): StripeSubscription {
  const item = subscription.items.data[0];
  const { cancel_at: cancelAt } = subscription;
  const periodEnd = item?.current_period_end;
  return {
    id: subscription.id,
    status: subscription.status,
    customerId: idOf(subscription.customer) ?? '',
    priceId: item?.price.id ?? null,
    lookupKey: item?.price.lookup_key ?? null,
    currentPeriodStartMs: toMs(item?.current_period_start),
    currentPeriodEndMs: toMs(periodEnd),
    trialEndMs: toMs(subscription.trial_end),
    cancelAtMs: toMs(cancelAt),
    cancelAtPeriodEnd:
      subscription.cancel_at_period_end || (cancelAt !== null && periodEnd !== undefined && cancelAt <= periodEnd),
    canceledAtMs: toMs(subscription.canceled_at),
    cancellationReason: subscription.cancellation_details?.reason ?? null,
    latestInvoiceId: idOf(subscription.latest_invoice),
    createdMs: subscription.created * 1000,
    metadata: subscription.metadata,
  };
}

export function readBill(invoice: Stripe.Invoice): StripeBill {
  return {
    id: invoice.id ?? '',
    number: invoice.number,
    createdMs: invoice.created * 1000,
    status: invoice.status,
    totalCents: invoice.total,
    amountPaidCents: invoice.amount_paid,
    currency: invoice.currency,
    hostedUrl: invoice.hosted_invoice_url ?? null,
    pdfUrl: invoice.invoice_pdf ?? null,
  };
}

/** The card that is charged: the subscription's own, else the customer's default. Null for other means of payment. */
export function readPayingCard(subscription: Stripe.Subscription): StripeCard | null {
  const { customer, default_payment_method: own } = subscription;
  const known = typeof customer === 'object' && !('deleted' in customer) ? customer.invoice_settings : undefined;
  const method = own ?? known?.default_payment_method;
  if (typeof method !== 'object' || !method?.card) return null;
  const { brand, last4, exp_month: expMonth, exp_year: expYear } = method.card;
  return { brand, last4, expMonth, expYear };
}

export function readInvoice(invoice: Stripe.Invoice): StripeInvoice {
  return {
    id: invoice.id ?? '',
    subscriptionId: idOf(invoice.parent?.subscription_details?.subscription),
    status: invoice.status,
    amountPaidCents: invoice.amount_paid,
    amountDueCents: invoice.amount_due,
    currency: invoice.currency,
    attempts: invoice.attempt_count,
    nextAttemptMs: toMs(invoice.next_payment_attempt),
  };
}
