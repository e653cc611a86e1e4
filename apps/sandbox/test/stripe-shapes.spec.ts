import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { shapesFromTypings } from './support/operations.js';
import { payByForm, Started } from './support/started.js';
import { StripeTypings } from './support/typings.js';

const shapesFile = new URL('../src/stripe/params.json', import.meta.url);
let typings: StripeTypings;
let started: Started;

beforeAll(async () => {
  typings = new StripeTypings();
  started = await Started.begin();
});
afterAll(() => started.close());

test('the parameters the sandbox accepts are exactly those the SDK declares', () => {
  const fromTypings = JSON.parse(JSON.stringify(shapesFromTypings(typings)));
  // After an update of the SDK: UPDATE_STRIPE_PARAMS=1, then look at the diff.
  if (process.env['UPDATE_STRIPE_PARAMS']) writeFileSync(shapesFile, JSON.stringify(fromTypings, null, 1) + '\n');
  expect(JSON.parse(readFileSync(shapesFile, 'utf8'))).toEqual(fromTypings);
});

test('the walker itself notices a missing, an unknown and a wrong field', () => {
  const type = typings.type('Refunds', 'Refund');
  const refund = { id: 're_1', object: 'refund', amount: '5', surprise: true };
  const problems = typings.problems(type, refund);
  expect(problems).toContain('.currency: missing');
  expect(problems).toContain('.surprise: unknown field');
  expect(problems.some((problem) => problem.startsWith('.amount:'))).toBe(true);
});

test('every object the sandbox returns, and every event it sends, has the shape of the SDK’s typings', async () => {
  const get = async (path: string) => {
    const response = await fetch(started.url('stripe', path), { headers: { authorization: 'Bearer sk_test_x' } });
    return (await response.json()) as { data: object[] };
  };
  await everythingHappens();
  const resources: readonly [path: string, file: string, type: string][] = [
    ['/v1/customers', 'Customers', 'Customer'],
    ['/v1/products', 'Products', 'Product'],
    ['/v1/prices', 'Prices', 'Price'],
    ['/v1/checkout/sessions?expand[0]=data.line_items&expand[1]=data.subscription', 'Checkout/Sessions', 'Session'],
    [
      '/v1/subscriptions?status=all&expand[0]=data.latest_invoice.payments&expand[1]=data.customer',
      'Subscriptions',
      'Subscription',
    ],
    ['/v1/invoices?expand[0]=data.payments', 'Invoices', 'Invoice'],
    ['/v1/invoice_payments?expand[0]=data.payment.payment_intent', 'InvoicePayments', 'InvoicePayment'],
    ['/v1/charges?expand[0]=data.refunds&expand[1]=data.payment_intent', 'Charges', 'Charge'],
    ['/v1/refunds', 'Refunds', 'Refund'],
    ['/v1/webhook_endpoints', 'WebhookEndpoints', 'WebhookEndpoint'],
    ['/v1/events?limit=100', 'Events', 'Event'],
  ];
  const problems: string[] = [];
  for (const [path, file, name] of resources) {
    const { data } = await get(path);
    expect([path, data.length > 0]).toEqual([path, true]);
    for (const object of data) {
      problems.push(...typings.problems(typings.type(file, name), object, `${name}${labelOf(object)}`));
    }
  }
  expect(problems).toEqual([]);
});

test('a billing portal session has the shape of the SDK’s typings', async () => {
  const stripe = started.stripe();
  const customer = await stripe.customers.create({ email: 'portal@example.com' });
  const portal = await stripe.billingPortal.sessions.create({
    customer: customer.id,
    return_url: 'http://localhost/back',
  });
  const { lastResponse: _lastResponse, ...plain } = portal;
  expect(typings.problems(typings.type('BillingPortal/Sessions', 'Session'), plain)).toEqual([]);
});

function labelOf(object: object): string {
  return 'type' in object && 'api_version' in object ? `(${String(object.type)})` : '';
}

/** One life with every turn it can take, so that each kind of object and event exists. */
async function everythingHappens(): Promise<void> {
  const stripe = started.stripe();
  await stripe.webhookEndpoints.create({
    url: 'http://127.0.0.1:9/nowhere',
    enabled_events: ['radar.early_fraud_warning.created'],
  });
  const checkout = async (email: string, card: string, trialDays: number | undefined) => {
    const customer = await stripe.customers.create({ email, metadata: { tenant_id: email } });
    const session = await stripe.checkout.sessions.create({
      mode: 'subscription',
      customer: customer.id,
      line_items: [{ price: 'price_pro_monthly', quantity: 1 }],
      success_url: 'http://localhost/ok?session={CHECKOUT_SESSION_ID}',
      cancel_url: 'http://localhost/no',
      subscription_data: { metadata: { tenant_id: email }, ...(trialDays ? { trial_period_days: trialDays } : {}) },
    });
    await payByForm(session.url, { card_number: card });
    return (await stripe.checkout.sessions.retrieve(session.id)).subscription as string;
  };
  const good = await checkout('good@example.com', '4242424242424242', 14);
  await checkout('later-fails@example.com', '4000000000000341', 14);
  const paid = await checkout('paid@example.com', '4242424242424242', undefined);
  await stripe.customers.update((await stripe.customers.list({ email: 'paid@example.com' })).data[0]?.id ?? '', {
    name: 'Paid',
  });
  const item = (await stripe.subscriptions.retrieve(paid)).items.data[0];
  await stripe.subscriptions.update(paid, {
    items: [{ id: item?.id, price: 'price_enterprise_monthly' }],
    proration_behavior: 'always_invoice',
  });
  await stripe.checkout.sessions.create({
    mode: 'subscription',
    customer_email: 'abandons@example.com',
    line_items: [{ price: 'price_starter_monthly', quantity: 1 }],
    success_url: 'http://localhost/ok',
  });
  await started.sim('POST', '/_sim/clock/advance', { seconds: 14 * 86_400 + 7200 });
  const charge = (await stripe.charges.list()).data.find((candidate) => candidate.paid);
  await stripe.refunds.create({ charge: charge?.id ?? '', amount: 100 });
  await stripe.subscriptions.cancel(good);
}
