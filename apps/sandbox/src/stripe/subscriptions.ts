import { newId } from '../core/random.js';
import type { Price } from './catalog.js';
import { invalid, missing } from './errors.js';
import { read } from './form.js';
import { embedded, page } from './lists.js';
import type { Operation } from './operation.js';
import { endSubscription } from './subscription-life.js';
import { updateSubscription } from './subscription-update.js';
import type { StripeWorld } from './world.js';

export type Subscription = ReturnType<typeof newSubscription>;
export type SubscriptionItem = ReturnType<typeof newItem>;
export type SubscriptionStatus = 'incomplete' | 'trialing' | 'active' | 'past_due' | 'unpaid' | 'canceled' | 'paused';

export interface SubscriptionOrder {
  customer: string;
  items: readonly { price: Price; quantity: number }[];
  method: string | null;
  metadata: Record<string, string>;
  description: string | null;
  trialEnd: number | null;
  missingPaymentMethod: string;
  period: { start: number; end: number };
}

export function newSubscription(world: StripeWorld, order: SubscriptionOrder) {
  const id = newId('sub');
  const now = world.now();
  return {
    id,
    object: 'subscription' as const,
    application: null,
    application_fee_percent: null,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null },
    billing_cycle_anchor: order.trialEnd ?? now,
    billing_cycle_anchor_config: null,
    billing_mode: { flexible: { proration_discounts: 'included' }, type: 'flexible' },
    billing_schedules: [],
    billing_thresholds: null,
    cancel_at: null as number | null,
    cancel_at_period_end: false,
    canceled_at: null as number | null,
    cancellation_details: { comment: null, feedback: null, feedback_option: null, reason: null } as {
      comment: string | null;
      feedback: string | null;
      feedback_option: string | null;
      reason: string | null;
    },
    collection_method: 'charge_automatically',
    created: now,
    currency: order.items[0]?.price.currency ?? 'usd',
    customer: order.customer,
    customer_account: null,
    days_until_due: null,
    default_payment_method: order.method,
    default_source: null,
    default_tax_rates: [],
    description: order.description,
    discounts: [],
    ended_at: null as number | null,
    invoice_settings: {
      account_tax_ids: null,
      custom_fields: null,
      description: null,
      footer: null,
      issuer: { type: 'self' },
    },
    items: embedded(
      order.items.map((item) => newItem(world, id, item.price, item.quantity, order.period)),
      `/v1/subscription_items?subscription=${id}`,
    ),
    latest_invoice: null as string | null,
    livemode: false,
    managed_payments: null,
    metadata: order.metadata,
    next_pending_invoice_item_invoice: null,
    on_behalf_of: null,
    pause_collection: null,
    payment_settings: { payment_method_options: null, payment_method_types: null, save_default_payment_method: 'off' },
    pending_invoice_item_interval: null,
    pending_setup_intent: null,
    pending_update: null,
    schedule: null,
    start_date: now,
    status: (order.trialEnd === null ? 'active' : 'trialing') as SubscriptionStatus,
    test_clock: null,
    transfer_data: null,
    trial_end: order.trialEnd,
    trial_settings: {
      end_behavior: { billing_cycle_anchor: null, missing_payment_method: order.missingPaymentMethod },
    },
    trial_start: order.trialEnd === null ? null : now,
  };
}

export function newItem(
  world: StripeWorld,
  subscription: string,
  price: Price,
  quantity: number,
  period: { start: number; end: number },
) {
  return {
    id: newId('si', 14),
    object: 'subscription_item' as const,
    billing_thresholds: null,
    created: world.now(),
    current_period_end: period.end,
    current_period_start: period.start,
    current_trial: null,
    discounts: [],
    metadata: {},
    plan: planOf(price),
    price,
    quantity,
    subscription,
    tax_rates: [],
  };
}

/** The legacy twin of a price that Stripe still sends with every item. */
export function planOf(price: Price) {
  return {
    id: price.id,
    object: 'plan' as const,
    active: price.active,
    amount: price.unit_amount,
    amount_decimal: price.unit_amount_decimal,
    billing_scheme: price.billing_scheme,
    created: price.created,
    currency: price.currency,
    interval: price.recurring?.interval ?? 'month',
    interval_count: price.recurring?.interval_count ?? 1,
    livemode: false,
    metadata: price.metadata,
    meter: null,
    nickname: price.nickname,
    product: price.product,
    tiers_mode: null,
    transform_usage: null,
    trial_period_days: null,
    usage_type: 'licensed',
  };
}

export function subscriptionById(world: StripeWorld, id: string): Subscription {
  const subscription = world.subscriptions.get(id);
  if (!subscription) throw missing('subscription', id);
  return subscription;
}

export const subscriptionOperations: readonly Operation[] = [
  {
    method: 'GET',
    path: '/v1/subscriptions/:id',
    params: 'subscriptions.retrieve',
    run: (world, { id }) => subscriptionById(world, id),
  },
  {
    method: 'GET',
    path: '/v1/subscriptions',
    params: 'subscriptions.list',
    supported: ['customer', 'price', 'status', 'created', 'limit', 'starting_after', 'ending_before', 'expand'],
    run: (world, { params }) => {
      const customer = read.text(params, 'customer');
      const price = read.text(params, 'price');
      const status = read.text(params, 'status');
      return page(
        world.subscriptions.values(),
        '/v1/subscriptions',
        params,
        (s) =>
          (customer === undefined || s.customer === customer) &&
          (price === undefined || s.items.data.some((item) => item.price.id === price)) &&
          statusMatches(status, s.status),
      );
    },
  },
  {
    method: 'POST',
    path: '/v1/subscriptions/:id',
    params: 'subscriptions.update',
    supported: (
      'items metadata description default_payment_method cancel_at_period_end cancellation_details trial_end ' +
      'trial_settings proration_behavior payment_behavior expand'
    ).split(' '),
    run: (world, { id, params }) => updateSubscription(world, subscriptionById(world, id), params),
  },
  {
    method: 'DELETE',
    path: '/v1/subscriptions/:id',
    params: 'subscriptions.cancel',
    run: (world, { id, params }) => {
      const subscription = subscriptionById(world, id);
      // An ended subscription is gone for this call, although it can still be read.
      if (subscription.status === 'canceled') throw missing('subscription', id);
      const settles = read.flag(params, 'invoice_now') === true || read.flag(params, 'prorate') === true;
      if (settles && subscription.status !== 'trialing') {
        throw invalid('The sandbox makes no final proration.', 'invoice_now', 'sandbox_unsupported');
      }
      const details = read.object(params, 'cancellation_details');
      return endSubscription(world, subscription, 'cancellation_requested', {
        comment: read.text(details, 'comment') ?? null,
        feedback: read.text(details, 'feedback') ?? null,
      });
    },
  },
];

/** Without a status Stripe leaves out what is canceled. */
function statusMatches(wanted: string | undefined, status: SubscriptionStatus): boolean {
  if (wanted === undefined) return status !== 'canceled';
  return wanted === 'all' || wanted === status || (wanted === 'ended' && status === 'canceled');
}
