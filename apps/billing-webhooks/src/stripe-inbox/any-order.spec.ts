import { expect, test } from '@jest/globals';
import { factsOf, type RecordedFact } from '@latchkey/shared/persistence';
import type { StripeCheckout, StripeInvoice, StripeSubscription } from '@latchkey/vendor-stripe';
import fc from 'fast-check';
import { Checkout } from '../checkout/checkout.entity.js';
import { decideSettlement } from '../checkout/decide-settlement.js';
import { Invoice } from '../subscription/invoice.entity.js';
import { Refund } from '../subscription/refund.entity.js';
import { Subscription } from '../subscription/subscription.entity.js';
import type { StripeEventFacts } from './read-stripe-event.js';

/**
 * The rules of billing (decideSettlement and the entities' verbs) against every order in which Stripe may tell a life:
 * interleaved with the life itself, doubled, late, lost and found by the reconciler (I-5, I-8). The same over HTTP, with
 * the real inbox, is test/any-order.spec.ts.
 */

const now = new Date('2026-11-24T03:00:00Z');
const tenantId = 'tenant_1';

/** What Stripe would answer at this moment. */
interface AtStripe {
  sessions: Record<string, StripeCheckout>;
  subscriptions: Record<string, StripeSubscription>;
  invoices: Record<string, StripeInvoice>;
  refundedCents: number;
}

const step = fc.constantFrom(
  'pay',
  'pay the closed page',
  'remind',
  'charge',
  'decline',
  'refund a part',
  'change plan',
  'cancel',
  'give up dunning',
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Lives a step at Stripe; returns what its events would say. A step that makes no sense now does nothing. */
function live(stripe: AtStripe, doing: Step): StripeEventFacts[] {
  const running = stripe.subscriptions['sub_1'];
  const about = { kind: 'subscription', subscription_id: 'sub_1' } as const;
  const isOver = !running || running.status === 'canceled';
  const invoices = Object.values(stripe.invoices);
  const unpaid = invoices.find(({ status }) => status === 'open');
  switch (doing) {
    case 'pay':
    case 'pay the closed page': {
      const n = doing === 'pay' ? 1 : 2;
      if (stripe.sessions[`cs_${n}`]?.status === 'complete') return [];
      const subscription = newSubscription(`sub_${n}`);
      stripe.subscriptions[subscription.id] = subscription;
      stripe.sessions[`cs_${n}`] = newSession(n, 'complete', subscription.id);
      return [{ kind: 'checkout', session_id: `cs_${n}` }];
    }
    case 'remind':
      return running?.status === 'trialing' ? [{ kind: 'trial_ending', subscription_id: 'sub_1' }] : [];
    case 'charge':
    case 'decline': {
      if (isOver) return [];
      const invoice = unpaid ?? newInvoice(`in_${invoices.length + 1}`);
      const isPaid = doing === 'charge';
      stripe.invoices[invoice.id] = {
        ...invoice,
        status: isPaid ? 'paid' : 'open',
        amountPaidCents: isPaid ? invoice.amountDueCents : 0,
        attempts: invoice.attempts + 1,
      };
      stripe.subscriptions['sub_1'] = { ...running, status: isPaid ? 'active' : 'past_due' };
      return [
        about,
        { kind: isPaid ? 'invoice_paid' : 'payment_failed', invoice_id: invoice.id, subscription_id: 'sub_1' },
      ];
    }
    case 'refund a part':
      if (!invoices.some(({ status }) => status === 'paid') || stripe.refundedCents > 4_000) return [];
      stripe.refundedCents += 900;
      return [
        {
          kind: 'charge_refunded',
          charge_id: 'ch_1',
          payment_intent_id: 'pi_1',
          customer_id: 'cus_1',
          currency: 'usd',
        },
      ];
    case 'change plan':
      if (isOver) return [];
      stripe.subscriptions['sub_1'] = { ...running, lookupKey: 'pro_monthly' };
      return [about];
    case 'cancel':
    case 'give up dunning':
      if (isOver || (doing === 'give up dunning' && running.status !== 'past_due')) return [];
      stripe.subscriptions['sub_1'] = {
        ...running,
        status: 'canceled',
        cancellationReason: doing === 'cancel' ? 'cancellation_requested' : 'payment_failed',
      };
      return [about];
  }
}

/** Billing with the tables in memory and nothing else left out: what applying an event does to them. */
class Billing {
  readonly pages = new Map([
    ['cs_1', page('co_1', 1, 'open')],
    ['cs_2', page('co_2', 2, 'closed')],
  ]);
  readonly subscriptions = new Map<string, Subscription>();
  readonly invoices = new Map<string, Invoice>();
  readonly refunds = new Map<string, Refund>();
  readonly told: RecordedFact[] = [];

  /** False: about nobody we know yet, so the inbox keeps it and tries again. */
  apply(event: StripeEventFacts, stripe: AtStripe): boolean {
    let isKnown = true;
    this.told.push(...factsOf('billing-webhooks', () => void (isKnown = this.change(event, stripe))));
    return isKnown;
  }

  private change(event: StripeEventFacts, stripe: AtStripe): boolean {
    if (event.kind === 'checkout') return this.settle(event.session_id, stripe);
    if (event.kind === 'charge_refunded') {
      const refund = this.refunds.get('pi_1') ?? newRefund();
      this.refunds.set('pi_1', refund);
      refund.grewTo(stripe.refundedCents, 'ch_1', now);
      return true;
    }
    const subscription = this.subscriptions.get(event.subscription_id);
    const present = stripe.subscriptions[event.subscription_id];
    if (!subscription || !present) return false;
    subscription.sync(present, now);
    if (event.kind === 'trial_ending') subscription.remindOfTrialEnd(now);
    if (event.kind !== 'invoice_paid' && event.kind !== 'payment_failed') return true;
    const bill = stripe.invoices[event.invoice_id];
    if (!bill) throw new Error('An event about an invoice that Stripe does not have.');
    const invoice = this.invoices.get(bill.id) ?? newBill(bill);
    this.invoices.set(bill.id, invoice);
    invoice.sync(bill, now);
    return true;
  }

  private settle(sessionId: string, stripe: AtStripe): boolean {
    const session = stripe.sessions[sessionId];
    const checkout = this.pages.get(sessionId);
    const paidFor = stripe.subscriptions[session?.subscriptionId ?? ''];
    if (!session || !checkout || !paidFor) throw new Error('An event about a page that Stripe does not have.');
    const current = [...this.subscriptions.values()].some(({ unwanted, endedAt }) => !unwanted && !endedAt);
    const known = { isKnown: this.subscriptions.has(paidFor.id), hasCurrent: current, isErased: false };
    const decision = decideSettlement(checkout, session, known);
    if (decision !== 'complete' && decision !== 'undo') return true;
    const ours = { tenantId, checkoutId: checkout.id, plan: checkout.plan, unwanted: decision === 'undo', now };
    const subscription = Object.assign(new Subscription(), Subscription.from(paidFor, ours));
    this.subscriptions.set(subscription.id, subscription);
    if (decision === 'undo') {
      checkout.close();
      subscription.wantEnd('duplicate', now);
      return true;
    }
    const paymentStatus = 'no_payment_required' as const;
    checkout.complete({
      sessionId,
      paymentStatus,
      trialEndsAt: subscription.trialEndsAt ?? null,
      plan: subscription.plan,
      now,
    });
    subscription.sync(paidFor, now);
    return true;
  }

  rows(): unknown {
    return {
      pages: [...this.pages.values()].map(({ id, state }) => ({ id, state })),
      subscriptions: [...this.subscriptions.values()]
        .map(({ id, plan, status, unwanted, endReason, endWanted }) => ({
          id,
          plan,
          status,
          unwanted,
          endReason,
          endWanted,
        }))
        .sort(byId),
      invoices: [...this.invoices.values()]
        .map(({ id, state, amountCents }) => ({ id, state, amountCents }))
        .sort(byId),
      refunds: [...this.refunds.values()].map(({ id, amountCents }) => ({ id, amountCents })),
    };
  }

  /** What others were told, without the order in which. */
  facts(): string[] {
    return this.told.map(({ name, data }) => `${name} ${JSON.stringify(data)}`).sort();
  }
}

/** Delivers until nothing is left that the inbox had to put aside. */
function deliverAll(billing: Billing, events: StripeEventFacts[], stripe: AtStripe): void {
  let waiting = events;
  for (let rounds = 0; waiting.length > 0 && rounds < 3; rounds++)
    waiting = waiting.filter((event) => !billing.apply(event, stripe));
}

function lived(steps: Step[]): { stripe: AtStripe; events: StripeEventFacts[] } {
  const stripe = nothingYet();
  return { stripe, events: steps.flatMap((doing) => live(stripe, doing)) };
}

const life = fc.array(step, { minLength: 1, maxLength: 12 }).map((steps): Step[] => ['pay', ...steps]);

test('after a life is over, every order, with any doubles, ends in the same rows and tells the same facts', () => {
  fc.assert(
    fc.property(life, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (steps, chance) => {
      const { stripe, events } = lived(steps);
      const inOrder = new Billing();
      deliverAll(inOrder, events, stripe);
      const doubled = events.flatMap((event) => (chance.next().value < 0.5 ? [event, event] : [event]));
      const shuffled = doubled
        .map((event) => ({ event, rank: chance.next().value }))
        .sort((left, right) => left.rank - right.rank)
        .map(({ event }) => event);
      const anyOrder = new Billing();
      deliverAll(anyOrder, shuffled, stripe);
      expect(anyOrder.rows()).toEqual(inOrder.rows());
      expect(anyOrder.facts()).toEqual(inOrder.facts());
    }),
    { numRuns: 1_000 },
  );
});

test('told while it is lived, late, doubled, in part or not at all until the reconciler comes: the same rows, no fact twice, nothing goes back', () => {
  fc.assert(
    fc.property(life, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (steps, chance) => {
      const stripe = nothingYet();
      const billing = new Billing();
      const sent: StripeEventFacts[] = [];
      let aside: StripeEventFacts[] = [];
      for (const doing of steps) {
        sent.push(...live(stripe, doing));
        for (const event of sent.filter(() => chance.next().value < 0.3))
          if (!billing.apply(event, stripe)) aside.push(event);
        aside = aside.filter((event) => !billing.apply(event, stripe));
      }
      deliverAll(billing, [...sent].reverse(), stripe);
      const afterwards = new Billing();
      deliverAll(afterwards, sent, stripe);
      expect(billing.rows()).toEqual(afterwards.rows());
      agree(billing, stripe);
    }),
    { numRuns: 1_000 },
  );
});

/** What was told on the way may be more than what is told afterwards, but never twice, backwards or beside the truth. */
function agree(billing: Billing, stripe: AtStripe): void {
  const of = (name: string) =>
    billing.told.filter((fact) => fact.name === name).map(({ data }) => data as Record<string, unknown>);
  expect(of('checkout-completed')).toHaveLength(1);
  const isOver = stripe.subscriptions['sub_1']?.status === 'canceled';
  expect(of('subscription-cancelled')).toHaveLength(isOver ? 1 : 0);
  const cancelledAt = billing.told.findIndex(({ name }) => name === 'subscription-cancelled');
  const lastChange = billing.told.findLastIndex(({ name }) => name === 'subscription-changed');
  if (isOver) expect(lastChange).toBeLessThan(cancelledAt);
  else if (lastChange >= 0)
    expect(billing.told[lastChange]?.data).toMatchObject({ status: stripe.subscriptions['sub_1']?.status });
  for (const bill of Object.values(stripe.invoices)) {
    const paid = of('invoice-paid').filter(({ invoice_ref }) => invoice_ref === bill.id);
    expect(paid).toHaveLength(bill.status === 'paid' ? 1 : 0);
    const attempts = of('payment-failed')
      .filter(({ invoice_ref }) => invoice_ref === bill.id)
      .map(({ attempt }) => Number(attempt));
    expect(attempts).toEqual([...new Set(attempts)].sort((a, b) => a - b));
    if (bill.status === 'open') expect(attempts.at(-1)).toBe(bill.attempts);
  }
  expect(of('charge-refunded').reduce((sum, { amount_cents }) => sum + Number(amount_cents), 0)).toBe(
    stripe.refundedCents,
  );
}

const byId = (left: { id: string }, right: { id: string }) => left.id.localeCompare(right.id);

function nothingYet(): AtStripe {
  const sessions = { cs_1: newSession(1, 'open', null), cs_2: newSession(2, 'open', null) };
  return { sessions, subscriptions: {}, invoices: {}, refundedCents: 0 };
}

function newSession(n: number, status: 'open' | 'complete', subscriptionId: string | null): StripeCheckout {
  return {
    id: `cs_${n}`,
    url: null,
    status,
    paymentStatus: status === 'open' ? 'unpaid' : 'no_payment_required',
    customerId: 'cus_1',
    subscriptionId,
    subscription: null,
    metadata: {},
    createdMs: now.getTime(),
    expiresAtMs: now.getTime() + 86_400_000,
  };
}

function newSubscription(id: string): StripeSubscription {
  const day = 86_400_000;
  return {
    id,
    status: 'trialing',
    customerId: 'cus_1',
    priceId: 'price_1',
    lookupKey: 'starter_monthly',
    currentPeriodStartMs: now.getTime(),
    currentPeriodEndMs: now.getTime() + 14 * day,
    trialEndMs: now.getTime() + 14 * day,
    cancelAtMs: null,
    cancelAtPeriodEnd: false,
    canceledAtMs: null,
    cancellationReason: null,
    latestInvoiceId: null,
    createdMs: now.getTime(),
    metadata: {},
  };
}

function newInvoice(id: string): StripeInvoice {
  const money = { amountPaidCents: 0, amountDueCents: 4_900, currency: 'usd' };
  return { id, subscriptionId: 'sub_1', status: 'open', ...money, attempts: 0, nextAttemptMs: null };
}

function page(id: string, generation: number, state: 'open' | 'closed'): Checkout {
  const checkout = Object.assign(new Checkout(), Checkout.wish({ id, tenantId, generation, plan: 'starter', now }));
  return Object.assign(checkout, { state, sessionId: `cs_${generation}` });
}

function newBill({ id, amountDueCents, currency }: StripeInvoice): Invoice {
  const ours = { id, tenantId, subscriptionId: 'sub_1', state: 'unpaid' as const, attempts: 0, createdAt: now };
  return Object.assign(new Invoice(), { ...ours, amountCents: amountDueCents, currency });
}

function newRefund(): Refund {
  const ours = { id: 'pi_1', tenantId, reason: 'operator' as const, amountCents: 0, currency: 'usd' };
  return Object.assign(new Refund(), { ...ours, keyGeneration: 1, wantedAt: now, refundedAt: null });
}
