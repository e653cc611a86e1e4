import { newId } from '../core/random.js';
import type { Price } from './catalog.js';
import { customerById } from './customers.js';
import { invalid, missing, unsupported } from './errors.js';
import { metadataOf, type Params, read } from './form.js';
import { embedded, page } from './lists.js';
import type { Operation } from './operation.js';
import { ledgerKey, type StripeWorld } from './world.js';

export type Session = ReturnType<typeof newSession>;
export type LineItem = ReturnType<typeof newLineItem>;

/** What a paid session turns into. */
export interface SessionPlan {
  lineItems: LineItem[];
  trialDays: number | null;
  trialEnd: number | null;
  missingPaymentMethod: string;
  subscriptionMetadata: Record<string, string>;
  subscriptionDescription: string | null;
}

const EXPIRY = 'stripe.session-expiry';
const HOUR = 3600;
/** Stripe's default, and the bounds of `expires_at`: half an hour to a day from now. */
const EXPIRES_AFTER_SECONDS = 24 * HOUR;

/** Open sessions end by themselves when their time is up. */
export function watchSessions(world: StripeWorld): void {
  world.sim.clock.on(EXPIRY, (id) => {
    const session = world.sessions.get(id);
    if (session?.status === 'open' && session.expires_at <= world.now()) expireSession(world, session);
  });
}

function createSession(world: StripeWorld, params: Params): Session {
  if (read.text(params, 'mode') !== 'subscription')
    throw unsupported('mode', 'The sandbox knows mode=subscription only.');
  if ((read.text(params, 'ui_mode') ?? 'hosted_page') !== 'hosted_page') throw unsupported('ui_mode');
  const methods = read.texts(params, 'allowed_payment_method_types');
  if (methods.length > 0 && !methods.includes('card')) throw unsupported('allowed_payment_method_types', 'Only cards.');
  if (read.flag(read.object(params, 'automatic_tax'), 'enabled') === true) throw unsupported('automatic_tax[enabled]');
  const customer = read.text(params, 'customer');
  if (customer !== undefined) customerById(world, customer, 'customer');
  if (customer !== undefined && read.text(params, 'customer_email') !== undefined) {
    throw invalid('You may only specify one of these parameters: customer, customer_email.', 'customer_email');
  }
  const plan = planOf(world, params);
  const session = newSession(world, params, plan);
  world.sessions.set(session.id, session);
  world.sessionPlans.set(session.id, plan);
  world.sim.clock.schedule(session.expires_at * 1000, EXPIRY, session.id);
  world.sim.effect('session.created', ledgerKey(session), { id: session.id });
  return session;
}

function expireSession(world: StripeWorld, session: Session): Session {
  const expired: Session = { ...session, status: 'expired', url: null };
  world.sessions.set(expired.id, expired);
  world.sim.effect('session.expired', ledgerKey(expired), { id: expired.id });
  world.emit('checkout.session.expired', expired);
  return expired;
}

function planOf(world: StripeWorld, params: Params): SessionPlan {
  const wishes = read.objects(params, 'line_items');
  if (wishes.length === 0) throw invalid('You must provide at least one line item.', 'line_items', 'parameter_missing');
  const lineItems = wishes.map((wish, index) => {
    const param = `line_items[${index}]`;
    if (read.object(wish, 'price_data')) throw unsupported(`${param}[price_data]`, 'Create the price first.');
    const id = read.text(wish, 'price');
    if (id === undefined)
      throw invalid(`Missing required param: ${param}[price].`, `${param}[price]`, 'parameter_missing');
    const price = world.prices.get(id);
    if (!price) throw missing('price', id, `${param}[price]`);
    if (!price.active) throw invalid('The price specified is inactive.', `${param}[price]`);
    if (!price.recurring) {
      throw unsupported(`${param}[price]`, 'The sandbox sells recurring prices only.');
    }
    const product = world.products.get(price.product)?.name ?? price.product;
    return newLineItem(price, read.number(wish, 'quantity') ?? 1, product);
  });
  const data = read.object(params, 'subscription_data') ?? {};
  for (const name of Object.keys(data)) {
    if (!['trial_period_days', 'trial_end', 'trial_settings', 'metadata', 'description'].includes(name)) {
      throw unsupported(`subscription_data[${name}]`);
    }
  }
  const days = read.number(data, 'trial_period_days') ?? null;
  const end = read.number(data, 'trial_end') ?? null;
  if (days !== null && end !== null) throw invalid('Only one of trial_end and trial_period_days.', 'subscription_data');
  if (days !== null && (days < 1 || days > 730)) {
    throw invalid('Trial periods must be 1 to 730 days long.', 'subscription_data[trial_period_days]');
  }
  if (end !== null && end < world.now() + 48 * HOUR) {
    throw invalid('The `trial_end` date has to be at least 2 days in the future.', 'subscription_data[trial_end]');
  }
  const behavior = read.object(read.object(data, 'trial_settings'), 'end_behavior');
  return {
    lineItems,
    trialDays: days,
    trialEnd: end,
    missingPaymentMethod: read.text(behavior, 'missing_payment_method') ?? 'create_invoice',
    subscriptionMetadata: metadataOf(data),
    subscriptionDescription: read.text(data, 'description') ?? null,
  };
}

function newSession(world: StripeWorld, params: Params, plan: SessionPlan) {
  const id = `cs_test_${newId('', 58)}`;
  const now = world.now();
  const expiresAt = read.number(params, 'expires_at') ?? now + EXPIRES_AFTER_SECONDS;
  if (expiresAt < now + HOUR / 2 || expiresAt > now + EXPIRES_AFTER_SECONDS) {
    throw invalid('The `expires_at` timestamp must be between 30 minutes and 24 hours from now.', 'expires_at');
  }
  const successUrl = urlOf(params, 'success_url');
  if (successUrl === null) throw invalid('Missing required param: success_url.', 'success_url', 'parameter_missing');
  const free = plan.trialDays !== null || plan.trialEnd !== null;
  const total = free ? 0 : plan.lineItems.reduce((sum, item) => sum + item.amount_total, 0);
  const customer = read.text(params, 'customer') ?? null;
  return {
    id,
    object: 'checkout.session' as const,
    adaptive_pricing: { enabled: false },
    after_expiration: null,
    allow_promotion_codes: read.flag(params, 'allow_promotion_codes') ?? null,
    allowed_payment_method_types: 'allowed_payment_method_types' in params ? ['card'] : null,
    amount_subtotal: total,
    amount_total: total,
    automatic_tax: { enabled: false, liability: null, provider: null, status: null },
    billing_address_collection: read.text(params, 'billing_address_collection') ?? null,
    cancel_url: urlOf(params, 'cancel_url'),
    client_reference_id: read.text(params, 'client_reference_id') ?? null,
    client_secret: null,
    collected_information: null as object | null,
    consent: null,
    consent_collection: null,
    created: now,
    currency: plan.lineItems[0]?.currency ?? 'usd',
    currency_conversion: null,
    custom_fields: [],
    custom_text: { after_submit: null, shipping_address: null, submit: null, terms_of_service_acceptance: null },
    customer,
    customer_account: null,
    customer_creation: customer === null ? 'always' : null,
    customer_details: detailsOf(world, customer, read.text(params, 'customer_email') ?? null),
    customer_email: read.text(params, 'customer_email') ?? null,
    discounts: [],
    expires_at: expiresAt,
    integration_identifier: null,
    invoice: null as string | null,
    invoice_creation: null,
    livemode: false,
    locale: read.text(params, 'locale') ?? null,
    managed_payments: null,
    metadata: metadataOf(params),
    mode: 'subscription',
    origin_context: null,
    payment_intent: null,
    payment_link: null,
    payment_method_collection: read.text(params, 'payment_method_collection') ?? 'always',
    payment_method_configuration_details: null,
    payment_method_options: { card: { request_three_d_secure: 'automatic' } },
    payment_method_types: ['card'],
    payment_status: 'unpaid',
    permissions: null,
    phone_number_collection: { enabled: false },
    recovered_from: null,
    saved_payment_method_options: {
      allow_redisplay_filters: ['always'],
      payment_method_remove: 'disabled',
      payment_method_save: null,
    },
    setup_intent: null,
    shipping_address_collection: null,
    shipping_cost: null,
    shipping_options: [],
    status: 'open' as 'open' | 'complete' | 'expired',
    submit_type: null,
    subscription: null as string | null,
    success_url: successUrl,
    total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: 0 },
    ui_mode: 'hosted_page',
    url: `${world.sim.url('stripe')}/c/pay/${id}` as string | null,
    wallet_options: null,
  };
}

/** Before payment Stripe shows only the email it was given, if any. */
function detailsOf(world: StripeWorld, customerId: string | null, email: string | null) {
  const customer = customerId === null ? undefined : world.customers.get(customerId);
  const known = customer && !('deleted' in customer) ? customer.email : email;
  return known === null ? null : contactOf(known, null);
}

export function contactOf(email: string, name: string | null) {
  return {
    address: null,
    business_name: null,
    email,
    individual_name: null,
    name,
    phone: null,
    tax_exempt: 'none',
    tax_ids: [],
  };
}

function newLineItem(price: Price, quantity: number, description: string) {
  const cents = price.unit_amount * quantity;
  return {
    id: newId('li'),
    object: 'item' as const,
    adjustable_quantity: null,
    amount_discount: 0,
    amount_subtotal: cents,
    amount_tax: 0,
    amount_total: cents,
    currency: price.currency,
    description,
    metadata: {},
    price,
    quantity,
  };
}

function urlOf(params: Params, name: string): string | null {
  const text = read.text(params, name);
  if (text === undefined) return null;
  // The placeholder's braces are not valid in every part of a URL; only the frame is checked.
  if (!URL.canParse(text.replaceAll('{CHECKOUT_SESSION_ID}', 'x')) || !/^https?:/.test(text)) {
    throw invalid('Not a valid URL', name, 'url_invalid');
  }
  return text;
}

function sessionById(world: StripeWorld, id: string): Session {
  const session = world.sessions.get(id);
  if (!session) throw missing('checkout.session', id);
  return session;
}

export const sessionOperations: readonly Operation[] = [
  {
    method: 'POST',
    path: '/v1/checkout/sessions',
    params: 'checkout.sessions.create',
    supported: (
      'mode ui_mode customer customer_email client_reference_id success_url cancel_url line_items metadata locale ' +
      'subscription_data payment_method_collection allow_promotion_codes billing_address_collection expires_at ' +
      'automatic_tax allowed_payment_method_types expand'
    ).split(' '),
    run: (world, { params }) => createSession(world, params),
  },
  {
    method: 'GET',
    path: '/v1/checkout/sessions/:id',
    params: 'checkout.sessions.retrieve',
    run: (world, { id }) => sessionById(world, id),
  },
  {
    method: 'GET',
    path: '/v1/checkout/sessions',
    params: 'checkout.sessions.list',
    supported: 'customer customer_details subscription status created limit starting_after ending_before expand'.split(
      ' ',
    ),
    run: (world, { params }) => {
      const same = (name: string, value: string | null) => (read.text(params, name) ?? value) === value;
      const email = read.text(read.object(params, 'customer_details'), 'email');
      return page(
        world.sessions.values(),
        '/v1/checkout/sessions',
        params,
        (session) =>
          same('customer', session.customer) &&
          same('subscription', session.subscription) &&
          same('status', session.status) &&
          (email === undefined || session.customer_details?.email === email),
      );
    },
  },
  {
    method: 'POST',
    path: '/v1/checkout/sessions/:id/expire',
    params: 'checkout.sessions.expire',
    run: (world, { id }) => {
      const session = sessionById(world, id);
      if (session.status !== 'open') {
        throw invalid(
          `Only Checkout Sessions with a status in ["open"] can be expired. This one is ${session.status}.`,
        );
      }
      return expireSession(world, session);
    },
  },
  {
    method: 'GET',
    path: '/v1/checkout/sessions/:id/line_items',
    params: 'checkout.sessions.listLineItems',
    run: (world, { id, params }) => {
      sessionById(world, id);
      const items = [...(world.sessionPlans.get(id)?.lineItems ?? [])].reverse();
      const url = `/v1/checkout/sessions/${id}/line_items`;
      return Object.keys(params).length === 0 ? embedded(items.reverse(), url) : page(items, url, params);
    },
  },
];
