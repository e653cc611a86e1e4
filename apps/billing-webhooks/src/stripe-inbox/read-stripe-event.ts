import type { StripeEvent } from '@latchkey/vendor-stripe';

/**
 * What we keep of an event: which object it is about, so that its present state can be asked of Stripe. No figure that
 * may be older than another event's, no name, no address, no card.
 */
export type StripeEventFacts =
  | { kind: 'checkout'; session_id: string }
  | { kind: 'subscription'; subscription_id: string }
  | { kind: 'trial_ending'; subscription_id: string }
  | { kind: 'invoice_paid' | 'payment_failed'; invoice_id: string; subscription_id: string }
  | {
      kind: 'charge_refunded';
      charge_id: string;
      payment_intent_id: string;
      customer_id: string;
      currency: string;
    };

/** The types our webhook endpoint should be registered for; others are stored as ignored. Stripe lists 20 types at most. */
export const usedEventTypes = [
  'checkout.session.completed',
  'checkout.session.async_payment_succeeded',
  'checkout.session.expired',
  'customer.subscription.updated',
  'customer.subscription.deleted',
  'customer.subscription.trial_will_end',
  'invoice.paid',
  'invoice.payment_failed',
  'charge.refunded',
] as const satisfies readonly StripeEvent['type'][];

/** Null for an event that changes nothing here, such as the $0 invoice that opens every trial (VENDORS 1.5). */
export function readStripeEvent(event: StripeEvent): StripeEventFacts | null {
  switch (event.type) {
    case 'checkout.session.completed':
    case 'checkout.session.async_payment_succeeded':
    case 'checkout.session.expired':
      return { kind: 'checkout', session_id: event.data.object.id };
    case 'customer.subscription.updated':
    case 'customer.subscription.deleted':
      return { kind: 'subscription', subscription_id: event.data.object.id };
    case 'customer.subscription.trial_will_end':
      return { kind: 'trial_ending', subscription_id: event.data.object.id };
    case 'invoice.paid':
    case 'invoice.payment_failed': {
      const invoice = event.data.object;
      const subscriptionId = idOf(invoice.parent?.subscription_details?.subscription);
      if (!invoice.id || !subscriptionId) return null;
      const facts = { invoice_id: invoice.id, subscription_id: subscriptionId };
      if (event.type === 'invoice.payment_failed') return { kind: 'payment_failed', ...facts };
      return invoice.amount_paid > 0 ? { kind: 'invoice_paid', ...facts } : null;
    }
    case 'charge.refunded': {
      const charge = event.data.object;
      const paymentIntentId = idOf(charge.payment_intent);
      const customerId = idOf(charge.customer);
      if (!paymentIntentId || !customerId) return null;
      return {
        kind: 'charge_refunded',
        charge_id: charge.id,
        payment_intent_id: paymentIntentId,
        customer_id: customerId,
        currency: charge.currency,
      };
    }
    default:
      return null;
  }
}

/** Stripe sends an id, or the object itself where it was expanded. */
function idOf(reference: string | { id: string } | null | undefined): string | undefined {
  return typeof reference === 'string' ? reference : reference?.id;
}
