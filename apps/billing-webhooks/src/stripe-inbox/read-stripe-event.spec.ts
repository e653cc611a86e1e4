import { expect, test } from '@jest/globals';
import type { StripeEvent } from '@latchkey/vendor-stripe';
import { readStripeEvent, usedEventTypes } from './read-stripe-event.js';

const eventOf = (type: string, object: object) =>
  JSON.parse(JSON.stringify({ id: 'evt_1', object: 'event', type, data: { object } })) as StripeEvent;

const invoice = {
  id: 'in_1',
  currency: 'usd',
  amount_paid: 4_900,
  amount_due: 4_900,
  attempt_count: 2,
  next_payment_attempt: 1_800_000_000,
  customer_email: 'stranger@example.com',
  parent: { subscription_details: { subscription: 'sub_1' } },
};

test('every type we ask Stripe for can be read', () => {
  const charge = { payment_intent: 'pi_1', customer: 'cus_1', amount_refunded: 1, currency: 'usd' };
  for (const type of usedEventTypes)
    expect(readStripeEvent(eventOf(type, { ...invoice, ...charge, id: 'x' }))).not.toBeNull();
});

test('Stripe’s list of events can be asked for all of them at once: it takes twenty types', () => {
  expect(usedEventTypes.length).toBeLessThanOrEqual(20);
});

test('only ids are kept: no person, and no figure that another event may have overtaken', () => {
  const facts = readStripeEvent(eventOf('invoice.payment_failed', invoice));
  expect(facts).toEqual({ kind: 'payment_failed', invoice_id: 'in_1', subscription_id: 'sub_1' });
});

test('what says nothing about money is ignored: $0 invoices, invoices without a subscription, other types', () => {
  expect(readStripeEvent(eventOf('invoice.paid', { ...invoice, amount_paid: 0 }))).toBeNull();
  expect(readStripeEvent(eventOf('invoice.paid', { ...invoice, parent: null }))).toBeNull();
  expect(readStripeEvent(eventOf('charge.refunded', { id: 'ch_1', payment_intent: null, customer: null }))).toBeNull();
  expect(readStripeEvent(eventOf('customer.updated', { id: 'cus_1', email: 'stranger@example.com' }))).toBeNull();
});

test('references are read whether Stripe sent an id or the whole object', () => {
  const parent = { subscription_details: { subscription: { id: 'sub_2' } } };
  expect(readStripeEvent(eventOf('invoice.paid', { ...invoice, parent }))).toMatchObject({ subscription_id: 'sub_2' });
});
