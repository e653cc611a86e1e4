import { type Decline, type EnteredCard, laterDecline } from './cards.js';
import { type Customer, createCustomer, customerById } from './customers.js';
import type { StripeEvent } from './events.js';
import { collectInvoice, draftInvoice, finalizeInvoice } from './invoices.js';
import { attachCard, type PaymentMethod, setUpCard } from './payments.js';
import { contactOf, type Session, type SessionPlan } from './sessions.js';
import { addInterval, changeSubscription, periodLines, schedulePeriod } from './subscription-life.js';
import { newSubscription, type Subscription } from './subscriptions.js';
import { type EventOrder, ledgerKey, type StripeWorld } from './world.js';

const DAY = 86_400;

export interface Payer {
  email: string;
  name: string | null;
  card: EnteredCard;
}

/**
 * Turns an open session into a customer with a card and a running subscription, all in one turn of the event loop, so
 * that two posts of one form cannot both succeed. A refused card changes nothing. Events leave in the order set by
 * `/_sim/stripe/order`.
 */
export function completeCheckout(world: StripeWorld, session: Session, payer: Payer): Session | Decline {
  const plan = world.sessionPlans.get(session.id);
  if (!plan) throw new Error(`session ${session.id} has no plan`);
  const now = world.now();
  const trialEnd = plan.trialEnd ?? (plan.trialDays === null ? null : now + plan.trialDays * DAY);
  const refusal = payer.card.refused ?? (trialEnd === null ? laterDecline(payer.card.number) : undefined);
  if (refusal) return refusal;
  const arrange = (events: StripeEvent[]) => inOrder(events, world.order);
  return world.sim.atomically(() =>
    world.batch(arrange, () => {
      const customer = payingCustomer(world, session, payer);
      const method = attachCard(world, payer.card, customer.id, { email: payer.email, name: payer.name });
      if (trialEnd !== null) setUpCard(world, method);
      const subscription = startSubscription(world, { customer, method, plan, trialEnd });
      rememberCurrency(world, customer, subscription.currency);
      const complete: Session = {
        ...session,
        status: 'complete',
        url: null,
        payment_status: trialEnd === null ? 'paid' : 'no_payment_required',
        customer: customer.id,
        customer_details: contactOf(payer.email, payer.name),
        collected_information: { business_name: null, individual_name: null, shipping_details: null },
        subscription: subscription.id,
        invoice: subscription.latest_invoice,
      };
      world.sessions.set(complete.id, complete);
      world.sim.effect('session.completed', ledgerKey(complete), { id: complete.id });
      world.emit('checkout.session.completed', complete);
      return complete;
    }),
  );
}

function payingCustomer(world: StripeWorld, session: Session, payer: Payer): Customer {
  if (session.customer !== null) return customerById(world, session.customer);
  return createCustomer(world, { email: payer.email, ...(payer.name === null ? {} : { name: payer.name }) });
}

function startSubscription(
  world: StripeWorld,
  order: { customer: Customer; method: PaymentMethod; plan: SessionPlan; trialEnd: number | null },
): Subscription {
  const { customer, method, plan, trialEnd } = order;
  const start = world.now();
  const rhythm = plan.lineItems[0]?.price.recurring;
  const created = newSubscription(world, {
    customer: customer.id,
    items: plan.lineItems,
    method: method.id,
    metadata: plan.subscriptionMetadata,
    description: plan.subscriptionDescription,
    trialEnd,
    missingPaymentMethod: plan.missingPaymentMethod,
    period: { start, end: trialEnd ?? addInterval(start, rhythm?.interval ?? 'month', rhythm?.interval_count ?? 1) },
  });
  // A paid subscription begins as incomplete and turns active when its first invoice is paid.
  const first: Subscription = trialEnd === null ? { ...created, status: 'incomplete' } : created;
  const invoice = draftInvoice(world, first, 'subscription_create', periodLines(first, trialEnd !== null));
  const known: Subscription = { ...first, latest_invoice: invoice.id };
  world.subscriptions.set(known.id, known);
  world.sim.effect('subscription.created', ledgerKey(known), { id: known.id, customer: customer.id });
  world.emit('customer.subscription.created', known);
  collectInvoice(world, finalizeInvoice(world, invoice), method.id);
  const running = trialEnd === null ? changeSubscription(world, known, { status: 'active' }) : known;
  schedulePeriod(world, running);
  return running;
}

function rememberCurrency(world: StripeWorld, customer: Customer, currency: string): void {
  if (customer.currency !== null) return;
  const updated: Customer = { ...customer, currency, next_invoice_sequence: customer.next_invoice_sequence + 1 };
  world.customers.set(updated.id, updated);
  world.emit('customer.updated', updated, { currency: null, next_invoice_sequence: customer.next_invoice_sequence });
}

/**
 * Order `a` is the order in which things happened, the session last. Order `b` was recorded as well: the session second,
 * the subscription's update before its creation, `invoice.finalized` after `invoice.paid`.
 */
function inOrder(events: StripeEvent[], order: EventOrder): StripeEvent[] {
  if (order === 'a') return events;
  const rank = (event: StripeEvent, index: number): number => {
    const at = (type: string) => events.findIndex((candidate) => candidate.type === type);
    if (event.type === 'checkout.session.completed') return 0.5;
    if (event.type === 'customer.subscription.updated') return at('customer.subscription.created') - 0.5;
    if (event.type === 'invoice.finalized') return at('invoice.paid') + 0.5;
    return index;
  };
  return events
    .map((event, index) => ({ event, rank: rank(event, index) }))
    .sort((left, right) => left.rank - right.rank)
    .map(({ event }) => event);
}
