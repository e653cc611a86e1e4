import type { Price } from './catalog.js';
import { invalid, missing, unsupported } from './errors.js';
import { metadataOf, type Params, read } from './form.js';
import { collectInvoice, draftInvoice, finalizeInvoice, type InvoiceLine } from './invoices.js';
import { changeSubscription, payingMethod, periodEnd, schedulePeriod } from './subscription-life.js';
import { newItem, planOf, type Subscription, type SubscriptionItem } from './subscriptions.js';
import type { StripeWorld } from './world.js';

/** Changes what a running subscription is: its plan, its end, its card, its notes. */
export function updateSubscription(world: StripeWorld, before: Subscription, params: Params): Subscription {
  if (before.status === 'canceled') {
    const open = Object.keys(params).filter((name) => !['metadata', 'cancellation_details', 'expand'].includes(name));
    if (open.length > 0) {
      throw invalid('A canceled subscription can only update its cancellation_details and metadata.', open[0]);
    }
  }
  const change: Partial<Subscription> = {
    metadata: metadataOf(params, before.metadata),
    ...noteChanges(params, before),
    ...methodChange(world, params),
    ...endChange(params, before, world.now()),
    ...trialChange(params, before, world.now()),
  };
  const items = itemsAfter(world, before, params, change.trial_end ?? undefined);
  const prorations = prorationLines(before, items, world.now());
  const moved = items.some((item, index) => item.current_period_end !== before.items.data[index]?.current_period_end);
  let after = changeSubscription(world, before, { ...change, items: { ...before.items, data: items } });
  const behavior = read.text(params, 'proration_behavior') ?? 'create_prorations';
  if (prorations.length > 0 && behavior === 'create_prorations') {
    world.prorations.set(after.id, [...(world.prorations.get(after.id) ?? []), ...prorations]);
  }
  if (prorations.length > 0 && behavior === 'always_invoice') {
    const invoice = finalizeInvoice(world, draftInvoice(world, after, 'subscription_update', prorations));
    const settled = collectInvoice(world, invoice, payingMethod(world, after));
    if (settled.status !== 'paid') world.emit('invoice.payment_failed', settled);
    after = changeSubscription(world, after, {
      latest_invoice: invoice.id,
      ...(settled.status === 'paid' ? {} : { status: 'past_due' }),
    });
  }
  if (moved) schedulePeriod(world, after);
  return after;
}

function noteChanges(params: Params, before: Subscription): Partial<Subscription> {
  const details = read.object(params, 'cancellation_details');
  const wish = read.text(read.object(read.object(params, 'trial_settings'), 'end_behavior'), 'missing_payment_method');
  return {
    ...('description' in params ? { description: read.text(params, 'description') ?? null } : {}),
    ...(wish === undefined
      ? {}
      : { trial_settings: { end_behavior: { billing_cycle_anchor: null, missing_payment_method: wish } } }),
    ...(details
      ? {
          cancellation_details: {
            ...before.cancellation_details,
            comment: read.text(details, 'comment') ?? null,
            feedback: read.text(details, 'feedback') ?? null,
          },
        }
      : {}),
  };
}

function methodChange(world: StripeWorld, params: Params): Partial<Subscription> {
  if (!('default_payment_method' in params)) return {};
  const id = read.text(params, 'default_payment_method');
  if (id !== undefined && !world.paymentMethods.has(id)) throw missing('PaymentMethod', id, 'default_payment_method');
  return { default_payment_method: id ?? null };
}

function endChange(params: Params, before: Subscription, now: number): Partial<Subscription> {
  const wish = read.flag(params, 'cancel_at_period_end');
  if (wish === undefined) return {};
  const reason = wish ? 'cancellation_requested' : null;
  return {
    cancel_at_period_end: wish,
    cancel_at: wish ? periodEnd(before) : null,
    canceled_at: wish ? now : null,
    cancellation_details: { ...before.cancellation_details, reason },
  };
}

/** `now` ends the trial at once: the period's end is due immediately and does the rest. */
function trialChange(params: Params, before: Subscription, now: number): Partial<Subscription> {
  const wish = read.text(params, 'trial_end');
  if (wish === undefined) return {};
  if (before.status !== 'trialing')
    throw unsupported('trial_end', 'The sandbox changes the end of running trials only.');
  const end = wish === 'now' ? now : Number(wish);
  if (!Number.isInteger(end) || end < now) {
    throw invalid('Invalid timestamp: must be an integer Unix timestamp in the future.', 'trial_end');
  }
  return { trial_end: end, billing_cycle_anchor: end };
}

function itemsAfter(
  world: StripeWorld,
  before: Subscription,
  params: Params,
  trialEnd: number | undefined,
): SubscriptionItem[] {
  let items = before.items.data.map((item) =>
    trialEnd === undefined ? item : { ...item, current_period_end: trialEnd },
  );
  for (const wish of read.objects(params, 'items')) {
    const id = read.text(wish, 'id');
    const price = priceFor(world, wish);
    const quantity = read.number(wish, 'quantity');
    if (id === undefined) {
      if (!price) throw invalid('You must pass a price for a new item.', 'items', 'parameter_missing');
      const start = world.now();
      items = [...items, newItem(world, before.id, price, quantity ?? 1, { start, end: periodEnd(before) })];
      continue;
    }
    if (!items.some((item) => item.id === id)) throw missing('subscription item', id, 'items[0][id]');
    if (read.flag(wish, 'deleted') === true) items = items.filter((item) => item.id !== id);
    else items = items.map((item) => (item.id === id ? changedItem(item, price, quantity, before) : item));
  }
  if (items.length === 0) throw invalid('A subscription must have at least one active plan.', 'items');
  return items;
}

function changedItem(item: SubscriptionItem, price: Price | undefined, quantity: number | undefined, of: Subscription) {
  const next = price ?? item.price;
  const sameRhythm =
    next.recurring?.interval === item.price.recurring?.interval &&
    next.recurring?.interval_count === item.price.recurring?.interval_count;
  if (!sameRhythm && of.status !== 'trialing') {
    throw unsupported('items[0][price]', 'The sandbox does not move a running period to another interval.');
  }
  return { ...item, price: next, plan: planOf(next), quantity: quantity ?? item.quantity };
}

function priceFor(world: StripeWorld, wish: Params): Price | undefined {
  const id = read.text(wish, 'price');
  if (id === undefined) return undefined;
  const price = world.prices.get(id);
  if (!price) throw missing('price', id, 'items[0][price]');
  if (!price.recurring) throw invalid('The price specified is set to `type=one_time`.', 'items[0][price]');
  return price;
}

/** What is unused of the old price comes back, what is left of the period at the new one is added; a trial is free. */
function prorationLines(before: Subscription, after: readonly SubscriptionItem[], now: number): InvoiceLine[] {
  if (before.status !== 'active' && before.status !== 'past_due') return [];
  return after.flatMap((item) => {
    const old = before.items.data.find((candidate) => candidate.id === item.id);
    if (!old || (old.price.id === item.price.id && old.quantity === item.quantity)) return [];
    const { current_period_start: start, current_period_end: end } = old;
    const left = Math.max(0, Math.min(1, (end - now) / (end - start)));
    const line = (of: SubscriptionItem, sign: 1 | -1): InvoiceLine => ({
      cents: sign * Math.round(of.price.unit_amount * of.quantity * left),
      description: sign < 0 ? `Unused time on ${of.price.product}` : `Remaining time on ${of.price.product}`,
      price: of.price,
      item: item.id,
      quantity: of.quantity,
      period: { start: now, end },
      proration: true,
    });
    return [line(old, -1), line(item, 1)];
  });
}
