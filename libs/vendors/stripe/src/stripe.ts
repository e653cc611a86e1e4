import type { Breaker } from '@latchkey/shared/breakers';
import { GiveUp } from '@latchkey/shared/errors';
import { measureVendorCall } from '@latchkey/shared/observability';
import { Stripe } from 'stripe';
import { stripeFailure } from './stripe-errors.js';
import {
  idOf,
  readBill,
  readCheckout,
  readInvoice,
  readPayingCard,
  readSubscription,
  toMs,
  type StripeBill,
  type StripeCard,
  type StripeCheckout,
  type StripeEvent,
  type StripeInvoice,
  type StripeNextBill,
  type StripePage,
  type StripePayment,
  type StripePrice,
  type StripeSubscription,
} from './stripe-objects.js';

/** The API version this SDK speaks. Register the webhook endpoint with the same one: an event's shape follows its endpoint. */
export const stripeApiVersion: string = Stripe.API_VERSION;

export interface StripeConfig {
  secretKey: string;
  /** Where Stripe is; no path is possible. Left out: the true Stripe. */
  apiUrl?: string | undefined;
  timeoutMs?: number | undefined;
  /** Undefined: every call is made, however the ones before it ended. */
  breaker: Breaker | undefined;
}

/** One retry inside the SDK: two attempts of 10 s stay under the jobs' 30 s (VENDORS 10). */
const sdkRetries = 1;
const pageSize = 100;

function pageParams({ sinceMs, after }: { sinceMs: number; after: string | null }) {
  const since = { created: { gte: Math.floor(sinceMs / 1_000) }, limit: pageSize };
  return after === null ? since : { ...since, starting_after: after };
}

const priceCacheMs = 10 * 60_000;

/** Opens Stripe for one secret key. Throws when a live key would be sent to this machine: that is always a mix-up. */
export function createStripe(config: StripeConfig): StripeApi {
  const timeoutMs = config.timeoutMs ?? 10_000;
  const url = new URL(config.apiUrl ?? 'https://api.stripe.com');
  const isLoopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (isLoopback && /^(sk|rk)_live_/.test(config.secretKey))
    throw new Error('STRIPE_SECRET_KEY is a live key but STRIPE_API_URL points to this machine; use a test key here.');
  if (url.pathname !== '/') throw new Error('STRIPE_API_URL must not have a path: the Stripe SDK cannot use one.');
  const sdk = new Stripe(config.secretKey, {
    host: url.hostname,
    port: url.port === '' ? (url.protocol === 'http:' ? 80 : 443) : Number(url.port),
    protocol: url.protocol === 'http:' ? 'http' : 'https',
    timeout: timeoutMs,
    maxNetworkRetries: sdkRetries,
    telemetry: false,
  });
  return new StripeApi(sdk, (1 + sdkRetries) * timeoutMs + 1_000, config.breaker);
}

/** The verbs billing needs of Stripe. Every write takes an idempotency key of (tenant, step, generation) or is safe to repeat. */
export class StripeApi {
  private readonly prices = new Map<string, { found: Promise<StripePrice>; readAtMs: number }>();

  constructor(
    private readonly sdk: Stripe,
    private readonly deadlineMs: number,
    private readonly breaker: Breaker | undefined,
  ) {}

  /**
   * The tenant's one customer. When the key can no longer create it (Stripe replays a stored 500, or the address changed
   * since), the customer is looked for by its tenant first; only then the error goes to the caller.
   */
  async ensureCustomer(customer: {
    tenantId: string;
    email: string;
    name?: string | undefined;
    idempotencyKey: string;
  }): Promise<{ id: string }> {
    const { tenantId, email, name, idempotencyKey } = customer;
    try {
      const params = { email, metadata: { tenant_id: tenantId }, ...(name === undefined ? {} : { name }) };
      const created = await this.call('customer.create', () => this.sdk.customers.create(params, { idempotencyKey }));
      return { id: created.id };
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code !== 'idempotent_replay' && code !== 'idempotency_mismatch') throw error;
      const existing = await this.findCustomer({ tenantId, email });
      if (existing === null) throw error;
      return existing;
    }
  }

  /** The tenant's customer by address and metadata: what to ask when a key is older than Stripe's 24 hours. */
  async findCustomer(customer: { tenantId: string; email: string }): Promise<{ id: string } | null> {
    const { tenantId, email } = customer;
    const list = await this.call('customer.list', () => this.sdk.customers.list({ email, limit: pageSize }));
    const found = list.data.find((candidate) => candidate.metadata['tenant_id'] === tenantId);
    return found === undefined ? null : { id: found.id };
  }

  /** The tenant's customer without its address. Stripe's search shows a new one within a minute, so not to be asked at once. */
  async searchCustomer(tenantId: string): Promise<{ id: string } | null> {
    const params = { query: `metadata['tenant_id']:'${tenantId}'`, limit: 1 };
    const [found] = (await this.call('customer.search', () => this.sdk.customers.search(params))).data;
    return found === undefined ? null : { id: found.id };
  }

  /**
   * Deletes the customer and with it Stripe's copy of the person; an already deleted one is done. One that Stripe does
   * not know is not: under the key of another account or mode the person would be called forgotten and live on.
   */
  async deleteCustomer(customerId: string): Promise<void> {
    try {
      await this.call('customer.delete', () => this.sdk.customers.del(customerId));
    } catch (error) {
      if (!(error instanceof GiveUp && error.kind === 'not_found')) throw error;
      const customer = await this.call('customer.get', () => this.sdk.customers.retrieve(customerId));
      if (!customer.deleted) throw error;
    }
  }

  /**
   * Opens the hosted payment page for one subscription. The tenant id goes onto session and subscription, so that any
   * event may come first. `payment_method_types` no longer exists; Stripe chooses by the account's settings (VENDORS 1.3).
   */
  async openCheckout(checkout: {
    tenantId: string;
    customerId: string;
    price: { id: string } | { lookupKey: string };
    trialDays: number;
    successUrl: string;
    cancelUrl: string;
    metadata?: Record<string, string> | undefined;
    /** Between 30 minutes and 24 hours from now; Stripe's own default is 24 hours. */
    expiresAtMs?: number | undefined;
    idempotencyKey: string;
  }): Promise<StripeCheckout> {
    const { price, trialDays, expiresAtMs } = checkout;
    const priceId = 'id' in price ? price.id : (await this.findPriceByLookupKey(price.lookupKey)).id;
    const metadata = { ...checkout.metadata, tenant_id: checkout.tenantId };
    const trial: Stripe.Checkout.SessionCreateParams.SubscriptionData = {
      trial_period_days: trialDays,
      trial_settings: { end_behavior: { missing_payment_method: 'cancel' } },
    };
    const params: Stripe.Checkout.SessionCreateParams = {
      mode: 'subscription',
      customer: checkout.customerId,
      client_reference_id: checkout.tenantId,
      line_items: [{ price: priceId, quantity: 1 }],
      payment_method_collection: 'always',
      subscription_data: { metadata, ...(trialDays > 0 ? trial : {}) },
      success_url: checkout.successUrl,
      cancel_url: checkout.cancelUrl,
      metadata,
      ...(expiresAtMs === undefined ? {} : { expires_at: Math.floor(expiresAtMs / 1000) }),
    };
    const { idempotencyKey } = checkout;
    return readCheckout(
      await this.call('checkout.create', () => this.sdk.checkout.sessions.create(params, { idempotencyKey })),
    );
  }

  /** The session with its subscription, as it is now: what the success page checks when the webhook is late. */
  async getCheckout(checkoutId: string): Promise<StripeCheckout> {
    const expand = ['subscription'];
    return readCheckout(
      await this.call('checkout.get', () => this.sdk.checkout.sessions.retrieve(checkoutId, { expand })),
    );
  }

  /** Closes an open session. One that is no longer open is returned as it stands: look whether it says `complete`. */
  async expireCheckout(checkoutId: string): Promise<StripeCheckout> {
    try {
      return readCheckout(await this.call('checkout.expire', () => this.sdk.checkout.sessions.expire(checkoutId)));
    } catch (error) {
      if (error instanceof GiveUp && error.kind === 'refused') return this.getCheckout(checkoutId);
      throw error;
    }
  }

  async getSubscription(subscriptionId: string): Promise<StripeSubscription> {
    return readSubscription(await this.call('subscription.get', () => this.sdk.subscriptions.retrieve(subscriptionId)));
  }

  /**
   * Cancels at once. An already cancelled one is done, and Stripe answers for it as if there were none; what it shows is
   * believed, so that nobody is told of an end who is charged under another account's key.
   */
  async cancelSubscription(subscriptionId: string): Promise<void> {
    try {
      await this.call('subscription.cancel', () => this.sdk.subscriptions.cancel(subscriptionId));
    } catch (error) {
      if (!(error instanceof GiveUp)) throw error;
      const subscription = await this.getSubscription(subscriptionId);
      if (subscription.status !== 'canceled') throw error;
    }
  }

  async getInvoice(invoiceId: string): Promise<StripeInvoice> {
    return readInvoice(await this.call('invoice.get', () => this.sdk.invoices.retrieve(invoiceId)));
  }

  /** The newest hundred invoices of a subscription: eight years of months. */
  async listInvoices(subscriptionId: string): Promise<StripeInvoice[]> {
    const params = { subscription: subscriptionId, limit: pageSize };
    return (await this.call('invoice.list', () => this.sdk.invoices.list(params))).data.map(readInvoice);
  }

  /** The card that pays for a subscription, in one request. */
  async getPayingCard(subscriptionId: string): Promise<StripeCard | null> {
    const expand = ['default_payment_method', 'customer.invoice_settings.default_payment_method'];
    return readPayingCard(
      await this.call('subscription.card', () => this.sdk.subscriptions.retrieve(subscriptionId, { expand })),
    );
  }

  /** The next invoice before it exists; null when there will be none. */
  async previewNextBill(subscriptionId: string): Promise<StripeNextBill | null> {
    try {
      const preview = await this.call('invoice.preview', () =>
        this.sdk.invoices.createPreview({ subscription: subscriptionId }),
      );
      const dueMs = preview.next_payment_attempt === null ? preview.period_end : preview.next_payment_attempt;
      return { amountDueCents: preview.amount_due, currency: preview.currency, dueMs: dueMs * 1000 };
    } catch (error) {
      if (error instanceof GiveUp && error.kind === 'not_found') return null;
      throw error;
    }
  }

  /** A customer's newest invoices without drafts, for the customer to read. */
  async listBills(customerId: string, max: number): Promise<StripeBill[]> {
    const params = { customer: customerId, limit: max };
    const { data } = await this.call('invoice.list', () => this.sdk.invoices.list(params));
    return data.filter(({ status }) => status !== 'draft').map(readBill);
  }

  /** What was really charged for a subscription, newest first: empty during a trial, where there is nothing to refund. */
  async listPayments(subscriptionId: string): Promise<StripePayment[]> {
    const invoices = await this.call('invoice.list', () =>
      this.sdk.invoices.list({ subscription: subscriptionId, status: 'paid', limit: pageSize }),
    );
    const payments: StripePayment[] = [];
    for (const invoice of invoices.data.filter((candidate) => candidate.amount_paid > 0)) {
      const list = await this.call('invoice_payment.list', () =>
        this.sdk.invoicePayments.list({ invoice: invoice.id, status: 'paid', limit: pageSize }),
      );
      for (const { payment, amount_paid, currency, status_transitions } of list.data) {
        const paymentIntentId = idOf(payment.payment_intent);
        if (paymentIntentId === null || !amount_paid) continue;
        const paidAtMs = toMs(status_transitions.paid_at);
        payments.push({ invoiceId: invoice.id, paymentIntentId, amountPaid: amount_paid, paidAtMs, currency });
      }
    }
    return payments;
  }

  /** How much of a charge has gone back by now, whoever did it and in how many parts. */
  async getRefundedCents(chargeId: string): Promise<number> {
    return (await this.call('charge.get', () => this.sdk.charges.retrieve(chargeId))).amount_refunded;
  }

  /**
   * What has gone back of a payment: to be asked before any try, because an earlier one may have had its effect although
   * its answer was lost, and Stripe remembers keys for a day only. `failed` counts refunds that the bank sent back.
   */
  async findRefunds(paymentIntentId: string): Promise<{ cents: number; lastId: string | null; failed: number }> {
    const params = { payment_intent: paymentIntentId, limit: pageSize };
    const { data } = await this.call('refund.list', () => this.sdk.refunds.list(params));
    const isBack = ({ status }: { status: string | null }) => status !== 'failed' && status !== 'canceled';
    const back = data.filter(isBack);
    const cents = back.reduce((sum, refund) => sum + refund.amount, 0);
    return { cents, lastId: back[0]?.id ?? null, failed: data.length - back.length };
  }

  /** Refunds what is left of the payment. `id` is null when Stripe had already refunded it. */
  async refundPayment(refund: { paymentIntentId: string; idempotencyKey: string }): Promise<{ id: string | null }> {
    const { paymentIntentId, idempotencyKey } = refund;
    try {
      const created = await this.call('refund.create', () =>
        this.sdk.refunds.create({ payment_intent: paymentIntentId }, { idempotencyKey }),
      );
      return { id: created.id };
    } catch (error) {
      if (error instanceof GiveUp && error.code === 'charge_already_refunded') return { id: null };
      throw error;
    }
  }

  /**
   * One page of the events since a moment, newest first, `after` an event of the page before. Stripe keeps 30 days, takes
   * at most 20 types, and refuses an `after` it has forgotten (`not_found`).
   */
  async pageOfEvents(page: {
    sinceMs: number;
    types: readonly StripeEvent['type'][];
    after: string | null;
  }): Promise<StripePage<StripeEvent>> {
    const params = { ...pageParams(page), types: [...page.types] };
    const { data, has_more } = await this.call('event.list', () => this.sdk.events.list(params));
    return { items: data, more: has_more && data.length > 0 };
  }

  /** One page of the paid sessions opened since a moment, newest first. Unlike events, Stripe keeps them for good. */
  async pageOfPaidCheckouts(page: { sinceMs: number; after: string | null }): Promise<StripePage<StripeCheckout>> {
    const params = { ...pageParams(page), status: 'complete' as const };
    const { data, has_more } = await this.call('checkout.list', () => this.sdk.checkout.sessions.list(params));
    return { items: data.map(readCheckout), more: has_more && data.length > 0 };
  }

  /** A short-lived link to Stripe's own page for cards, invoices and cancelling. */
  async openBillingPortal(portal: { customerId: string; returnUrl: string }): Promise<{ url: string }> {
    const params = { customer: portal.customerId, return_url: portal.returnUrl };
    const session = await this.call('portal.create', () => this.sdk.billingPortal.sessions.create(params));
    return { url: session.url };
  }

  /** The active price behind a lookup key, remembered for ten minutes; concurrent first callers share one request. */
  findPriceByLookupKey(lookupKey: string): Promise<StripePrice> {
    const known = this.prices.get(lookupKey);
    if (known !== undefined && performance.now() - known.readAtMs < priceCacheMs) return known.found;
    const found = this.readPrice(lookupKey);
    this.prices.set(lookupKey, { found, readAtMs: performance.now() });
    found.catch(() => this.prices.delete(lookupKey));
    return found;
  }

  private async readPrice(lookupKey: string): Promise<StripePrice> {
    const operation = 'price.list';
    const list = await this.call(operation, () =>
      this.sdk.prices.list({ lookup_keys: [lookupKey], active: true, limit: 1 }),
    );
    const [price] = list.data;
    if (price === undefined)
      throw new GiveUp('not_found', { vendor: 'stripe', operation, code: 'price_missing', detail: lookupKey });
    return { id: price.id, lookupKey, unitAmount: price.unit_amount, currency: price.currency };
  }

  private call<T>(operation: string, work: () => Promise<T>): Promise<T> {
    const translate = (error: unknown) => stripeFailure(operation, error);
    return measureVendorCall(
      { vendor: 'stripe', operation, deadlineMs: this.deadlineMs, translate, breaker: this.breaker },
      work,
    );
  }
}
