import { newId } from '../core/random.js';
import type { Sim } from '../core/sim.js';
import type { Collection } from '../core/store.js';
import type { Price, Product } from './catalog.js';
import type { Customer } from './customers.js';
import type { StripeEvent } from './events.js';
import type { Invoice, InvoiceLine, InvoicePayment } from './invoices.js';
import type { Charge, PaymentIntent, PaymentMethod, SetupIntent } from './payments.js';
import type { PortalVisit } from './portal.js';
import type { Refund } from './refunds.js';
import type { Session, SessionPlan } from './sessions.js';
import type { Subscription } from './subscriptions.js';
import type { WebhookEndpoint } from './webhooks.js';

/** The API version whose shapes this stand-in speaks; it is the one the SDK in the root package.json pins. */
export const API_VERSION = '2026-10-28.endive';

/** What every stored object has in common. */
export interface StripeObject {
  id: string;
  object: string;
}

/** In which order the events of a completed Checkout leave: both were recorded in production (VENDORS 1.5). */
export type EventOrder = 'a' | 'b';

/** Stripe's memory and the few things every resource needs: the time, new ids, and how to announce a change. */
export class StripeWorld {
  readonly customers: Collection<Customer | { id: string; object: 'customer'; deleted: true }>;
  readonly products: Collection<Product>;
  readonly prices: Collection<Price>;
  readonly sessions: Collection<Session>;
  readonly subscriptions: Collection<Subscription>;
  readonly invoices: Collection<Invoice>;
  readonly invoicePayments: Collection<InvoicePayment>;
  readonly paymentIntents: Collection<PaymentIntent>;
  readonly paymentMethods: Collection<PaymentMethod>;
  readonly setupIntents: Collection<SetupIntent>;
  readonly charges: Collection<Charge>;
  readonly refunds: Collection<Refund>;
  readonly events: Collection<StripeEvent>;
  readonly endpoints: Collection<WebhookEndpoint>;
  readonly settings: Collection<string>;
  readonly portalVisits: Collection<PortalVisit>;
  /** Event -> endpoints that have not accepted it yet; apart from the event, which never changes. */
  readonly pendingWebhooks: Collection<number>;
  /** What a session will turn into; Stripe keeps it too, but shows it to nobody. */
  readonly sessionPlans: Collection<SessionPlan>;
  /** Payment method -> test card number, which decides how later charges end. */
  readonly cardNumbers: Collection<string>;
  /** Subscription -> credits and debits of a plan change that wait for the next invoice. */
  readonly prorations: Collection<InvoiceLine[]>;
  private listener: (event: StripeEvent) => number = () => 0;
  private held: StripeEvent[] | undefined;

  constructor(readonly sim: Sim) {
    this.customers = sim.collection('stripe.customers');
    this.products = sim.collection('stripe.products');
    this.prices = sim.collection('stripe.prices');
    this.sessions = sim.collection('stripe.sessions');
    this.subscriptions = sim.collection('stripe.subscriptions');
    this.invoices = sim.collection('stripe.invoices');
    this.invoicePayments = sim.collection('stripe.invoice_payments');
    this.paymentIntents = sim.collection('stripe.payment_intents');
    this.paymentMethods = sim.collection('stripe.payment_methods');
    this.setupIntents = sim.collection('stripe.setup_intents');
    this.charges = sim.collection('stripe.charges');
    this.refunds = sim.collection('stripe.refunds');
    this.events = sim.collection('stripe.events');
    this.endpoints = sim.collection('stripe.endpoints');
    this.settings = sim.collection('stripe.settings');
    this.pendingWebhooks = sim.collection('stripe.pending_webhooks');
    this.portalVisits = sim.collection('stripe.portal_visits');
    this.sessionPlans = sim.collection('stripe.session_plans');
    this.cardNumbers = sim.collection('stripe.card_numbers');
    this.prorations = sim.collection('stripe.prorations');
  }

  /** Virtual unix seconds. */
  now(): number {
    return this.sim.clock.nowSeconds();
  }

  /** What becomes of a subscription whose last charge has failed: a setting of every account at Stripe. */
  get dunningEnds(): 'canceled' | 'unpaid' {
    return this.settings.get('dunning') === 'unpaid' ? 'unpaid' : 'canceled';
  }

  get order(): EventOrder {
    return this.settings.get('order') === 'b' ? 'b' : 'a';
  }

  /**
   * Holds events back until `work` is done and lets `arrange` put them into the order in which they leave. Everything in
   * here happens within one turn of the event loop.
   */
  batch<T>(arrange: (events: StripeEvent[]) => StripeEvent[], work: () => T): T {
    this.held = [];
    try {
      return work();
    } finally {
      const events = this.held;
      this.held = undefined;
      for (const event of arrange(events)) this.send(event);
    }
  }

  /** Tells the webhook dispatcher; it answers how many endpoints the event goes to. */
  onEvent(listener: (event: StripeEvent) => number): void {
    this.listener = listener;
  }

  /**
   * Records that an object changed and sends it on its way. The event holds the object as it is now, so call it after
   * each change, not once at the end.
   */
  emit(type: string, object: StripeObject, previous?: Record<string, unknown>): void {
    const event: StripeEvent = {
      id: newId('evt'),
      object: 'event',
      api_version: API_VERSION,
      created: this.now(),
      data: { object: structuredClone(object), ...(previous ? { previous_attributes: previous } : {}) },
      livemode: false,
      pending_webhooks: 0,
      request: { id: null, idempotency_key: null },
      type,
    };
    if (this.held) this.held.push(event);
    else this.send(event);
  }

  private send(event: StripeEvent): void {
    event.pending_webhooks = this.listener(event);
    if (event.pending_webhooks > 0) this.pendingWebhooks.set(event.id, event.pending_webhooks);
    this.events.set(event.id, event);
  }

  /** The object behind an id, whatever its kind: what `expand` needs. */
  find(id: string): StripeObject | undefined {
    return this.collectionOf(id)?.get(id);
  }

  private collectionOf(id: string): Collection<StripeObject> | undefined {
    const byPrefix: Record<string, Collection<never>> = {
      cus: this.customers as Collection<never>,
      prod: this.products as Collection<never>,
      price: this.prices as Collection<never>,
      cs: this.sessions as Collection<never>,
      sub: this.subscriptions as Collection<never>,
      in: this.invoices as Collection<never>,
      inpay: this.invoicePayments as Collection<never>,
      pi: this.paymentIntents as Collection<never>,
      pm: this.paymentMethods as Collection<never>,
      seti: this.setupIntents as Collection<never>,
      ch: this.charges as Collection<never>,
      re: this.refunds as Collection<never>,
    };
    return byPrefix[id.split('_', 1)[0] ?? ''] as Collection<StripeObject> | undefined;
  }
}

/** The ledger's key: the tenant when the metadata names one, so that an audit counts per tenant. */
export function ledgerKey(object: { id: string; metadata?: Record<string, string> | null }): string {
  return object.metadata?.['tenant_id'] ?? object.id;
}
