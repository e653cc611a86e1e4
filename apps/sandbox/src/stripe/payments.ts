import { newId } from '../core/random.js';
import { type Decline, type EnteredCard, fingerprint, laterDecline } from './cards.js';
import { missing } from './errors.js';
import { read } from './form.js';
import { page } from './lists.js';
import type { Operation } from './operation.js';
import type { StripeWorld } from './world.js';

export type PaymentMethod = ReturnType<typeof newPaymentMethod>;
export type SetupIntent = ReturnType<typeof newSetupIntent>;
export type PaymentIntent = ReturnType<typeof newPaymentIntent>;
export type Charge = ReturnType<typeof newCharge>;

interface BillingDetails {
  email: string | null;
  name: string | null;
}

/** Saves a card for a customer. The number itself stays apart: later charges depend on which test card it is. */
export function attachCard(
  world: StripeWorld,
  card: EnteredCard,
  customer: string,
  billing: BillingDetails,
): PaymentMethod {
  const method = newPaymentMethod(world, card, customer, billing);
  world.paymentMethods.set(method.id, method);
  world.cardNumbers.set(method.id, card.number);
  world.emit('payment_method.attached', method);
  return method;
}

/** The proof that a card may be charged later; what a trial collects instead of money. */
export function setUpCard(world: StripeWorld, method: PaymentMethod): SetupIntent {
  const intent = newSetupIntent(world, method);
  const fresh: SetupIntent = { ...intent, status: 'requires_payment_method' };
  world.emit('setup_intent.created', fresh);
  world.setupIntents.set(intent.id, intent);
  world.emit('setup_intent.succeeded', intent);
  return intent;
}

export interface ChargeResult {
  intent: PaymentIntent;
  charge: Charge;
  decline: Decline | undefined;
}

/** Takes money from a saved card, or fails as the card's number says. Emits what Stripe emits for either. */
export function chargeCard(
  world: StripeWorld,
  order: {
    cents: number;
    currency: string;
    customer: string;
    method: string;
    description: string;
    metadata: Record<string, string>;
  },
): ChargeResult {
  const method = world.paymentMethods.get(order.method);
  if (!method) throw missing('PaymentMethod', order.method, 'payment_method');
  const decline = laterDecline(world.cardNumbers.get(method.id) ?? '');
  const intent = newPaymentIntent(world, order);
  world.emit('payment_intent.created', intent);
  const charge = newCharge(world, order, intent.id, method, decline);
  world.charges.set(charge.id, charge);
  const done: PaymentIntent = {
    ...intent,
    latest_charge: charge.id,
    amount_received: decline ? 0 : order.cents,
    status: decline ? 'requires_payment_method' : 'succeeded',
    payment_method: decline ? null : method.id,
    last_payment_error: decline ? { ...decline, charge: charge.id, type: 'card_error' } : null,
  };
  world.paymentIntents.set(done.id, done);
  world.emit(decline ? 'charge.failed' : 'charge.succeeded', charge);
  world.emit(decline ? 'payment_intent.payment_failed' : 'payment_intent.succeeded', done);
  if (!decline)
    world.sim.effect('charge.succeeded', order.metadata['tenant_id'] ?? charge.id, {
      id: charge.id,
      cents: order.cents,
    });
  return { intent: done, charge, decline };
}

function newPaymentMethod(world: StripeWorld, card: EnteredCard, customer: string, billing: BillingDetails) {
  return {
    id: newId('pm'),
    object: 'payment_method' as const,
    allow_redisplay: 'limited',
    billing_details: { address: null, email: billing.email, name: billing.name, phone: null, tax_id: null },
    card: {
      brand: card.brand,
      checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
      country: 'US',
      display_brand: card.brand,
      exp_month: card.expMonth,
      exp_year: card.expYear,
      fingerprint: fingerprint(card.number),
      funding: 'credit',
      generated_from: null,
      last4: card.number.slice(-4),
      networks: { available: [card.brand], preferred: null },
      regulated_status: 'unregulated',
      three_d_secure_usage: { supported: true },
      wallet: null,
    },
    created: world.now(),
    customer,
    customer_account: null,
    livemode: false,
    metadata: {} as Record<string, string>,
    type: 'card',
  };
}

function newSetupIntent(world: StripeWorld, method: PaymentMethod) {
  const id = newId('seti');
  return {
    id,
    object: 'setup_intent' as const,
    allowed_payment_method_types: null,
    application: null,
    automatic_payment_methods: null,
    cancellation_reason: null,
    client_secret: `${id}_secret_${newId('', 24)}`,
    created: world.now(),
    customer: method.customer,
    customer_account: null,
    description: null,
    excluded_payment_method_types: null,
    flow_directions: null,
    last_setup_error: null,
    latest_attempt: null,
    livemode: false,
    managed_payments: null,
    mandate: null,
    metadata: {},
    next_action: null,
    on_behalf_of: null,
    payment_method: method.id,
    payment_method_configuration_details: null,
    payment_method_options: { card: { mandate_options: null, network: null, request_three_d_secure: 'automatic' } },
    payment_method_types: ['card'],
    single_use_mandate: null,
    status: 'succeeded',
    usage: 'off_session',
  };
}

function newPaymentIntent(
  world: StripeWorld,
  order: { cents: number; currency: string; customer: string; description: string; metadata: Record<string, string> },
) {
  const id = newId('pi');
  return {
    id,
    object: 'payment_intent' as const,
    allowed_payment_method_types: null,
    amount: order.cents,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: 'automatic',
    client_secret: `${id}_secret_${newId('', 24)}`,
    confirmation_method: 'automatic',
    created: world.now(),
    currency: order.currency,
    customer: order.customer,
    customer_account: null,
    description: order.description,
    excluded_payment_method_types: null,
    last_payment_error: null as object | null,
    latest_charge: null as string | null,
    livemode: false,
    managed_payments: null,
    metadata: {},
    next_action: null,
    on_behalf_of: null,
    payment_method: null as string | null,
    payment_method_configuration_details: null,
    payment_method_options: {
      card: { installments: null, mandate_options: null, network: null, request_three_d_secure: 'automatic' },
    },
    payment_method_types: ['card'],
    payment_record: null,
    processing: null,
    receipt_email: null,
    review: null,
    setup_future_usage: 'off_session',
    shipping: null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: 'requires_payment_method',
    transfer_data: null,
    transfer_group: null,
  };
}

function newCharge(
  world: StripeWorld,
  order: { cents: number; currency: string; customer: string; description: string },
  intent: string,
  method: PaymentMethod,
  decline: Decline | undefined,
) {
  const { brand, country, exp_month, exp_year, fingerprint: print, funding, last4 } = method.card;
  return {
    id: newId('ch'),
    object: 'charge' as const,
    amount: order.cents,
    amount_captured: decline ? 0 : order.cents,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: decline ? null : newId('txn'),
    billing_details: method.billing_details,
    calculated_statement_descriptor: 'SANDBOX',
    captured: !decline,
    created: world.now(),
    currency: order.currency,
    customer: order.customer,
    description: order.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: decline?.code ?? null,
    failure_message: decline?.message ?? null,
    fraud_details: {},
    livemode: false,
    metadata: {},
    on_behalf_of: null,
    outcome: {
      advice_code: decline ? 'try_again_later' : null,
      network_advice_code: null,
      network_decline_code: null,
      network_status: decline ? 'declined_by_network' : 'approved_by_network',
      reason: decline?.decline_code ?? null,
      risk_level: 'normal',
      seller_message: decline ? 'The bank did not return any further details with this decline.' : 'Payment complete.',
      type: decline ? 'issuer_declined' : 'authorized',
    },
    paid: !decline,
    payment_intent: intent,
    payment_method: method.id,
    payment_method_details: {
      card: {
        amount_authorized: decline ? null : order.cents,
        authorization_code: null,
        brand,
        checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: null },
        country,
        electronic_commerce_indicator: null,
        exp_month,
        exp_year,
        fingerprint: print,
        funding,
        installments: null,
        last4,
        mandate: null,
        network: brand,
        network_token: { used: false },
        network_transaction_id: null,
        regulated_status: 'unregulated',
        three_d_secure: null,
        transaction_link_id: null,
        wallet: null,
      },
      type: 'card',
    },
    receipt_email: null,
    receipt_number: null,
    receipt_url: null,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: decline ? 'failed' : 'succeeded',
    transfer_data: null,
    transfer_group: null,
  };
}

export const paymentOperations: readonly Operation[] = [
  {
    method: 'GET',
    path: '/v1/payment_intents/:id',
    params: 'paymentIntents.retrieve',
    supported: ['expand'],
    run: (world, { id }) => world.paymentIntents.get(id) ?? notFound('payment_intent', id),
  },
  {
    method: 'GET',
    path: '/v1/payment_methods/:id',
    params: 'paymentMethods.retrieve',
    run: (world, { id }) => world.paymentMethods.get(id) ?? notFound('PaymentMethod', id),
  },
  {
    method: 'GET',
    path: '/v1/setup_intents/:id',
    params: 'setupIntents.retrieve',
    supported: ['expand'],
    run: (world, { id }) => world.setupIntents.get(id) ?? notFound('setupintent', id),
  },
  {
    method: 'GET',
    path: '/v1/charges/:id',
    params: 'charges.retrieve',
    run: (world, { id }) => world.charges.get(id) ?? notFound('charge', id),
  },
  {
    method: 'GET',
    path: '/v1/charges',
    params: 'charges.list',
    supported: ['customer', 'payment_intent', 'created', 'limit', 'starting_after', 'ending_before', 'expand'],
    run: (world, { params }) => {
      const same = (name: 'customer' | 'payment_intent', value: string) => (read.text(params, name) ?? value) === value;
      return page(
        world.charges.values(),
        '/v1/charges',
        params,
        (charge) => same('customer', charge.customer) && same('payment_intent', charge.payment_intent),
      );
    },
  },
];

function notFound(what: string, id: string): never {
  throw missing(what, id);
}
