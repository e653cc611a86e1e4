import { collectInvoice, draftInvoice, finalizeInvoice, type Invoice, type InvoiceLine } from './invoices.js';
import type { Subscription } from './subscriptions.js';
import { ledgerKey, type StripeWorld } from './world.js';

const DAY = 86_400;
/** Stripe announces the end of a trial three days ahead, at once when the trial is shorter. */
const TRIAL_NOTICE_SECONDS = 3 * DAY;
/** A renewal's draft stays open for changes for about an hour before it is charged. */
const DRAFT_SECONDS = 3600;
/** Days between the attempts of dunning: eight tries within two weeks, Stripe's recommended default. */
const RETRY_AFTER_DAYS = [1, 1, 2, 2, 2, 3, 3];

const WILL_END = 'stripe.trial-will-end';
const PERIOD_END = 'stripe.period-end';
const INVOICE_ATTEMPT = 'stripe.invoice-attempt';

/** Registers the work that time does to subscriptions. */
export function watchSubscriptions(world: StripeWorld): void {
  const { clock } = world.sim;
  clock.on(WILL_END, (id) => {
    const subscription = world.subscriptions.get(id);
    if (subscription?.status !== 'trialing' || (subscription.trial_end ?? 0) - TRIAL_NOTICE_SECONDS > world.now())
      return;
    world.emit('customer.subscription.trial_will_end', subscription);
  });
  clock.on(PERIOD_END, (id) => {
    const subscription = world.subscriptions.get(id);
    if (subscription) endPeriod(world, subscription);
  });
  clock.on(INVOICE_ATTEMPT, (id) => {
    const invoice = world.invoices.get(id);
    if (invoice) attemptInvoice(world, invoice);
  });
}

/** Puts the end of the current trial or period on the agenda; earlier entries notice that they are out of date. */
export function schedulePeriod(world: StripeWorld, subscription: Subscription): void {
  const { clock } = world.sim;
  if (subscription.status === 'trialing' && subscription.trial_end !== null) {
    clock.schedule((subscription.trial_end - TRIAL_NOTICE_SECONDS) * 1000, WILL_END, subscription.id);
  }
  clock.schedule(periodEnd(subscription) * 1000, PERIOD_END, subscription.id);
}

/** Ends a subscription now. Its open invoices are not collected any further. */
export function endSubscription(
  world: StripeWorld,
  subscription: Subscription,
  reason: 'cancellation_requested' | 'payment_failed' | 'payment_disputed',
  said: { comment: string | null; feedback: string | null } = { comment: null, feedback: null },
): Subscription {
  const now = world.now();
  const ended: Subscription = {
    ...subscription,
    status: 'canceled',
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: subscription.canceled_at ?? now,
    ended_at: now,
    cancellation_details: { ...subscription.cancellation_details, ...said, reason },
  };
  world.subscriptions.set(ended.id, ended);
  world.sim.effect('subscription.canceled', ledgerKey(ended), { id: ended.id, reason });
  world.emit('customer.subscription.deleted', ended);
  return ended;
}

/** Saves a subscription and announces exactly the fields that changed. */
export function changeSubscription(
  world: StripeWorld,
  before: Subscription,
  change: Partial<Subscription>,
): Subscription {
  const after: Subscription = { ...before, ...change };
  const previous = Object.fromEntries(
    Object.keys(change)
      .map((name) => [name, before[name as keyof Subscription]] as const)
      .filter(([name, old]) => JSON.stringify(old) !== JSON.stringify(after[name as keyof Subscription])),
  );
  world.subscriptions.set(after.id, after);
  if (Object.keys(previous).length > 0) world.emit('customer.subscription.updated', after, previous);
  return after;
}

/** One line per item for a period, at the full price. */
export function periodLines(subscription: Subscription, free: boolean): InvoiceLine[] {
  return subscription.items.data.map((item) => ({
    cents: free ? 0 : item.price.unit_amount * item.quantity,
    description: free ? `Trial period for ${item.price.product}` : `${item.quantity} x ${item.price.product}`,
    price: item.price,
    item: item.id,
    quantity: item.quantity,
    period: { start: item.current_period_start, end: item.current_period_end },
    proration: false,
  }));
}

export function periodEnd(subscription: Subscription): number {
  return subscription.items.data[0]?.current_period_end ?? 0;
}

/** By the flag, as the API sets it, or by the moment alone, as the portal does. */
export function endsWithPeriod(subscription: Subscription): boolean {
  const { cancel_at: at, cancel_at_period_end: flag } = subscription;
  return flag || (at !== null && at <= periodEnd(subscription));
}

/** Calendar months keep the day where the month has it (31 January + 1 month = 28 February). */
export function addInterval(from: number, interval: string, count: number): number {
  if (interval === 'day') return from + count * DAY;
  if (interval === 'week') return from + count * 7 * DAY;
  const months = interval === 'year' ? count * 12 : count;
  const date = new Date(from * 1000);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, lastDay));
  return Math.floor(date.getTime() / 1000);
}

/** Where a subscription's invoices are charged: its own card, else the customer's default. */
export function payingMethod(world: StripeWorld, subscription: Subscription): string | null {
  const customer = world.customers.get(subscription.customer);
  const fallback = customer && !('deleted' in customer) ? customer.invoice_settings.default_payment_method : null;
  return subscription.default_payment_method ?? fallback;
}

function endPeriod(world: StripeWorld, subscription: Subscription): void {
  if (subscription.status === 'canceled' || subscription.status === 'paused') return;
  if (periodEnd(subscription) > world.now()) return;
  if (endsWithPeriod(subscription)) {
    endSubscription(world, subscription, 'cancellation_requested');
    return;
  }
  if (subscription.status === 'trialing' && payingMethod(world, subscription) === null) {
    const wish = subscription.trial_settings.end_behavior.missing_payment_method;
    if (wish === 'cancel') return void endSubscription(world, subscription, 'cancellation_requested');
    if (wish === 'pause') {
      world.emit('customer.subscription.paused', changeSubscription(world, subscription, { status: 'paused' }));
      return;
    }
  }
  renew(world, subscription);
}

function renew(world: StripeWorld, subscription: Subscription): void {
  const start = periodEnd(subscription);
  const data = subscription.items.data.map((item) => ({
    ...item,
    current_period_start: start,
    current_period_end: addInterval(start, item.plan.interval, item.plan.interval_count),
  }));
  const renewed: Subscription = {
    ...subscription,
    items: { ...subscription.items, data },
    status: subscription.status === 'trialing' ? 'active' : subscription.status,
  };
  const lines = [...(world.prorations.get(subscription.id) ?? []), ...periodLines(renewed, false)];
  world.prorations.delete(subscription.id);
  const invoice = draftInvoice(world, renewed, 'subscription_cycle', lines);
  const chargeAt = world.now() + DRAFT_SECONDS;
  world.invoices.set(invoice.id, { ...invoice, automatically_finalizes_at: chargeAt, next_payment_attempt: chargeAt });
  const { items, status } = renewed;
  schedulePeriod(world, changeSubscription(world, subscription, { items, status, latest_invoice: invoice.id }));
  world.sim.clock.schedule(chargeAt * 1000, INVOICE_ATTEMPT, invoice.id);
}

function attemptInvoice(world: StripeWorld, invoice: Invoice): void {
  const subscription = world.subscriptions.get(invoice.parent.subscription_details.subscription);
  if (!subscription || subscription.status === 'canceled') return;
  if (invoice.status !== 'draft' && invoice.status !== 'open') return;
  const open = invoice.status === 'draft' ? finalizeInvoice(world, invoice) : invoice;
  const result = collectInvoice(world, open, payingMethod(world, subscription));
  if (result.status === 'paid') {
    if (subscription.status === 'past_due') changeSubscription(world, subscription, { status: 'active' });
    return;
  }
  const waitDays = RETRY_AFTER_DAYS[result.attempt_count - 1];
  const next = waitDays === undefined ? null : world.now() + waitDays * DAY;
  const failed = world.invoices.set(result.id, { ...result, next_payment_attempt: next, auto_advance: next !== null });
  world.emit('invoice.payment_failed', failed);
  if (next === null) {
    if (world.dunningEnds === 'unpaid') changeSubscription(world, subscription, { status: 'unpaid' });
    else endSubscription(world, subscription, 'payment_failed');
    return;
  }
  changeSubscription(world, subscription, { status: 'past_due' });
  world.sim.clock.schedule(next * 1000, INVOICE_ATTEMPT, failed.id);
}
