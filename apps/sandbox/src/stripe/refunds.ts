import { newId } from '../core/random.js';
import { invalid, missing, StripeError } from './errors.js';
import { metadataOf, type Params, read } from './form.js';
import { page } from './lists.js';
import type { Operation } from './operation.js';
import type { Charge } from './payments.js';
import type { StripeWorld } from './world.js';

export type Refund = ReturnType<typeof newRefund>;

function newRefund(world: StripeWorld, charge: Charge, cents: number, params: Params) {
  return {
    id: newId('re'),
    object: 'refund' as const,
    amount: cents,
    balance_transaction: newId('txn'),
    charge: charge.id,
    created: world.now(),
    currency: charge.currency,
    customer: charge.customer,
    customer_account: null,
    destination_details: {
      card: { reference_status: 'pending', reference_type: 'acquirer_reference_number', type: 'refund' },
      type: 'card',
    },
    metadata: metadataOf(params),
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    reason: read.text(params, 'reason') ?? null,
    receipt_number: null,
    source_transfer_reversal: null,
    status: 'succeeded',
    transfer_reversal: null,
  };
}

function createRefund(world: StripeWorld, params: Params): Refund {
  const charge = chargeFor(world, params);
  const left = charge.amount_captured - charge.amount_refunded;
  if (left <= 0) {
    throw new StripeError(400, {
      type: 'invalid_request_error',
      code: 'charge_already_refunded',
      message: `Charge ${charge.id} has already been refunded.`,
    });
  }
  const cents = read.number(params, 'amount') ?? left;
  if (cents <= 0)
    throw invalid('This value must be greater than or equal to 1.', 'amount', 'parameter_invalid_integer');
  if (cents > left) {
    throw invalid(`Refund amount (${cents}) is greater than unrefunded amount on charge (${left}).`, 'amount');
  }
  const refund = newRefund(world, charge, cents, params);
  world.refunds.set(refund.id, refund);
  const amount = charge.amount_refunded + cents;
  const refunded: Charge = { ...charge, amount_refunded: amount, refunded: amount === charge.amount };
  world.charges.set(refunded.id, refunded);
  const customer = world.customers.get(charge.customer);
  const tenant = customer && !('deleted' in customer) ? customer.metadata['tenant_id'] : undefined;
  world.sim.effect('refund.created', tenant ?? charge.id, { id: refund.id, charge: charge.id, cents });
  world.emit('charge.refunded', refunded, { amount_refunded: charge.amount_refunded, refunded: charge.refunded });
  world.emit('refund.created', refund);
  return refund;
}

function chargeFor(world: StripeWorld, params: Params): Charge {
  const chargeId = read.text(params, 'charge');
  const intentId = read.text(params, 'payment_intent');
  if (chargeId !== undefined && intentId !== undefined) {
    throw invalid('You may only specify one of these parameters: payment_intent, charge.');
  }
  if (intentId !== undefined) {
    const intent = world.paymentIntents.get(intentId);
    if (!intent) throw missing('payment_intent', intentId, 'payment_intent');
    const charge = world.charges.get(intent.latest_charge ?? '');
    if (charge?.paid) return charge;
    throw invalid(`This PaymentIntent (${intentId}) does not have a successful charge to refund.`, 'payment_intent');
  }
  if (chargeId === undefined) {
    throw invalid(
      'One of the following params should be provided for this request: payment_intent or charge.',
      undefined,
      'parameter_missing',
    );
  }
  const charge = world.charges.get(chargeId);
  if (!charge) throw missing('charge', chargeId, 'charge');
  if (!charge.paid) throw invalid(`Charge ${chargeId} is not paid.`, 'charge');
  return charge;
}

export const refundOperations: readonly Operation[] = [
  {
    method: 'POST',
    path: '/v1/refunds',
    params: 'refunds.create',
    supported: ['charge', 'payment_intent', 'amount', 'reason', 'metadata', 'expand'],
    run: (world, { params }) => createRefund(world, params),
  },
  {
    method: 'GET',
    path: '/v1/refunds/:id',
    params: 'refunds.retrieve',
    run: (world, { id }) => {
      const refund = world.refunds.get(id);
      if (!refund) throw missing('refund', id);
      return refund;
    },
  },
  {
    method: 'GET',
    path: '/v1/refunds',
    params: 'refunds.list',
    supported: ['charge', 'payment_intent', 'created', 'limit', 'starting_after', 'ending_before', 'expand'],
    run: (world, { params }) => {
      const same = (name: string, value: string) => (read.text(params, name) ?? value) === value;
      return page(
        world.refunds.values(),
        '/v1/refunds',
        params,
        (refund) => same('charge', refund.charge) && same('payment_intent', refund.payment_intent),
      );
    },
  },
];
