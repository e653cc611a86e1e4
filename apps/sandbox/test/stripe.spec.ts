import { afterEach, beforeEach, expect, test } from '@jest/globals';
import Stripe from 'stripe';
import { payByForm, Started, until, WEBHOOK_SECRET } from './support/started.js';

const DAY = 86_400;
const GOOD = '4242424242424242';
let started: Started;
let stripe: Stripe;

beforeEach(async () => {
  started = await Started.begin();
  stripe = started.stripe();
});
afterEach(() => started.close());

async function openCheckout(tenant: string, trialDays: number | null = 14): Promise<Stripe.Checkout.Session> {
  const price = (await stripe.prices.list({ lookup_keys: ['pro_monthly'] })).data[0];
  const customer = await stripe.customers.create({ email: `${tenant}@example.com`, metadata: { tenant_id: tenant } });
  return stripe.checkout.sessions.create({
    mode: 'subscription',
    customer: customer.id,
    line_items: [{ price: price?.id, quantity: 1 }],
    metadata: { tenant_id: tenant },
    subscription_data: {
      metadata: { tenant_id: tenant },
      ...(trialDays === null ? {} : { trial_period_days: trialDays }),
    },
    success_url: 'http://localhost/done?session={CHECKOUT_SESSION_ID}',
    cancel_url: 'http://localhost/plans',
  });
}

async function subscribe(tenant: string, card = GOOD, trialDays: number | null = 14): Promise<Stripe.Subscription> {
  const session = await openCheckout(tenant, trialDays);
  const paid = await payByForm(session.url, { card_number: card });
  expect(paid.status).toBe(303);
  const { subscription } = await stripe.checkout.sessions.retrieve(session.id, { expand: ['subscription'] });
  return subscription as Stripe.Subscription;
}

const advance = (seconds: number) => started.sim('POST', '/_sim/clock/advance', { seconds });
const effects = async (kind: string, key: string) =>
  ((await started.sim('GET', `/_sim/effects?kind=${kind}&key=${key}`)) as { effects: object[] }).effects.length;

test('the plans can be found by their lookup keys', async () => {
  const { data } = await stripe.prices.list({ lookup_keys: ['starter_monthly', 'enterprise_monthly'], active: true });
  expect(data.map((price) => [price.lookup_key, price.unit_amount, price.currency])).toEqual([
    ['enterprise_monthly', 99_900, 'usd'],
    ['starter_monthly', 4_900, 'usd'],
  ]);
});

test('a plain form post pays: back on the success page, and a trial has begun', async () => {
  const session = await openCheckout('t1');
  const paid = await payByForm(session.url, { card_number: GOOD });
  expect(paid.status).toBe(303);
  expect(paid.headers.get('location')).toBe(`http://localhost/done?session=${session.id}`);

  const complete = await stripe.checkout.sessions.retrieve(session.id, {
    expand: ['subscription', 'subscription.latest_invoice', 'customer'],
  });
  expect(complete).toMatchObject({ status: 'complete', payment_status: 'no_payment_required', url: null });
  const subscription = complete.subscription as Stripe.Subscription;
  expect(subscription).toMatchObject({ status: 'trialing', metadata: { tenant_id: 't1' } });
  expect(subscription.items.data[0]?.current_period_end).toBe(subscription.trial_end);
  expect((subscription.trial_end ?? 0) - (subscription.trial_start ?? 0)).toBe(14 * DAY);
  expect(subscription.latest_invoice).toMatchObject({
    status: 'paid',
    amount_due: 0,
    billing_reason: 'subscription_create',
  });
  expect(await effects('subscription.created', 't1')).toBe(1);
});

test('a declined card explains itself on the page, changes nothing, and the next card works', async () => {
  const session = await openCheckout('t1');
  const refused = await payByForm(session.url, { card_number: '4000000000000002' });
  expect(refused.status).toBe(402);
  expect(await refused.text()).toContain('Your card was declined.');
  expect((await payByForm(session.url, { card_number: '4000000000009995' })).status).toBe(402);
  expect((await stripe.subscriptions.list()).data).toEqual([]);
  expect((await payByForm(session.url, { card_number: '5555 5555 5555 4444', exp: '11/39' })).status).toBe(303);
});

test('a 3-D Secure card is asked to confirm before anything happens', async () => {
  const session = await openCheckout('t1');
  const asked = await payByForm(session.url, { card_number: '4000002500003155' });
  expect([asked.status, (await asked.text()).includes('Complete authentication')]).toEqual([200, true]);
  const failed = await payByForm(session.url, { card_number: '4000002500003155', three_d_secure: 'fail' });
  expect(failed.status).toBe(402);
  const paid = await payByForm(session.url, { card_number: '4000002500003155', three_d_secure: 'complete' });
  expect(paid.status).toBe(303);
});

test('the form posted twice subscribes once, and the second post says it is already paid', async () => {
  const session = await openCheckout('t1');
  const answers = await Promise.all([1, 2, 3].map(() => payByForm(session.url, { card_number: GOOD })));
  expect(answers.map((answer) => answer.status).sort()).toEqual([303, 409, 409]);
  expect(await effects('subscription.created', 't1')).toBe(1);
});

test('an abandoned checkout expires after a day, says so on its page and by event', async () => {
  const session = await openCheckout('t1');
  const url = session.url ?? '';
  await advance(DAY + 1);
  expect((await stripe.checkout.sessions.retrieve(session.id)).status).toBe('expired');
  expect((await payByForm(url, { card_number: GOOD })).status).toBe(410);
  const { data } = await stripe.events.list({ types: ['checkout.session.expired'] });
  expect(data.map((event) => (event.data.object as Stripe.Checkout.Session).id)).toEqual([session.id]);
});

test('events are listed for twenty types at most, as Stripe does', async () => {
  const types = Array.from({ length: 21 }, () => 'invoice.paid' as const);
  expect((await stripe.events.list({ types: types.slice(1) })).data).toEqual([]);
  await expect(stripe.events.list({ types })).rejects.toMatchObject({ statusCode: 400, param: 'types' });
});

test('what a visitor types and what a tenant is called cannot inject markup into the page', async () => {
  const customer = await stripe.customers.create({ email: '"><script>alert(1)</script>@example.com' });
  const session = await stripe.checkout.sessions.create({
    mode: 'subscription',
    customer: customer.id,
    line_items: [{ price: 'price_pro_monthly', quantity: 1 }],
    success_url: 'http://localhost/done',
  });
  const page = await (await fetch(session.url ?? '')).text();
  expect(page).toContain('&lt;script&gt;');
  expect(page).not.toContain('<script>');
});

test('a delivered webhook passes the SDK’s own signature check, and an altered one does not', async () => {
  await subscribe('t1');
  await until('the session’s event', () => started.sink.types().includes('checkout.session.completed'));
  const got = started.sink.received.find(({ body }) => body.includes('"checkout.session.completed"'));
  const event = stripe.webhooks.constructEvent(got?.body ?? '', got?.signature ?? '', WEBHOOK_SECRET);
  expect(event.api_version).toBe('2026-10-28.endive');
  expect((event.data.object as Stripe.Checkout.Session).metadata).toEqual({ tenant_id: 't1' });
  const altered = (got?.body ?? '').replace('"t1"', '"t2"');
  expect(() => stripe.webhooks.constructEvent(altered, got?.signature ?? '', WEBHOOK_SECRET)).toThrow(/signature/);
});

test('a signature carries the present even for an event of a time that was advanced, unless told otherwise', async () => {
  const ageSeconds = () =>
    Math.abs(Date.now() / 1000 - Number(/t=(\d+)/.exec(started.sink.received.at(-1)?.signature ?? '')?.[1]));
  await advance(30 * DAY);
  await stripe.customers.create({ email: 'a@example.com' });
  await until('the first event', () => started.sink.received.length === 1);
  expect(ageSeconds()).toBeLessThan(60);
  await started.sim('POST', '/_sim/stripe/webhook-faults', { timestamp_shift_seconds: -301 });
  await stripe.customers.create({ email: 'b@example.com' });
  await until('the second event', () => started.sink.received.length === 2);
  const { body, signature } = started.sink.received[1] ?? { body: '', signature: '' };
  expect(() => stripe.webhooks.constructEvent(body, signature, WEBHOOK_SECRET)).toThrow(/tolerance/);
  await started.sim('POST', '/_sim/stripe/webhook-faults', { signed_at: 'virtual' });
  await stripe.customers.create({ email: 'c@example.com' });
  await until('the third event', () => started.sink.received.length === 3);
  expect(ageSeconds()).toBeGreaterThan(29 * DAY);
});

test('an endpoint hears only the events it asked for', async () => {
  const choosy = await Started.begin({ SANDBOX_STRIPE_WEBHOOK_EVENTS: 'checkout.session.*,customer.deleted' });
  try {
    const customer = await choosy.stripe().customers.create({ email: 'a@example.com' });
    await choosy.stripe().customers.del(customer.id);
    await until('the deletion', () => choosy.sink.received.length > 0);
    expect(choosy.sink.types()).toEqual(['customer.deleted']);
  } finally {
    await choosy.close();
  }
});

test('a webhook that was answered with an error is sent again until it is accepted', async () => {
  started.sink.answers.push(500, 503);
  await stripe.customers.create({ email: 'a@example.com' });
  await until('the first attempt', () => started.sink.received.length === 1);
  await until('the retries', async () => {
    await advance(10);
    return started.sink.received.length === 3;
  });
  const [first, , third] = started.sink.received;
  expect(JSON.parse(third?.body ?? '')).toMatchObject({ id: (JSON.parse(first?.body ?? '{}') as { id: string }).id });
  await until('the log', async () => {
    const { deliveries } = (await started.sim('GET', '/_sim/stripe/webhooks')) as {
      deliveries: { state: string; attempts: object[] }[];
    };
    return deliveries[0]?.state === 'delivered' && deliveries[0].attempts.length === 3;
  });
  await until('nothing pending', async () => (await stripe.events.list({ delivery_success: true })).data.length === 1);
});

test('webhook faults duplicate, drop and forge deliveries, and a lost event can still be listed and resent', async () => {
  await started.sim('POST', '/_sim/stripe/webhook-faults', { duplicate: 2, bad_signature: true });
  await stripe.customers.create({ email: 'a@example.com' });
  await until('three copies', () => started.sink.received.length === 3);
  const { body, signature } = started.sink.received[0] ?? { body: '', signature: '' };
  expect(() => stripe.webhooks.constructEvent(body, signature, WEBHOOK_SECRET)).toThrow();

  await started.sim('POST', '/_sim/stripe/webhook-faults', { drop_first: 1 });
  const lost = await stripe.customers.create({ email: 'b@example.com' });
  const { data } = await stripe.events.list({ delivery_success: false, type: 'customer.created' });
  const event = data.find((candidate) => (candidate.data.object as Stripe.Customer).id === lost.id);
  await started.sim('POST', `/_sim/stripe/webhooks/${event?.id ?? ''}/resend`);
  await until('the resent event', () => started.sink.received.some((received) => received.body.includes(lost.id)));
});

test('the two recorded orders of events can both be asked for', async () => {
  await subscribe('t1');
  const orderA = (await stripe.events.list({ limit: 100 })).data.reverse().map((event) => event.type);
  expect(orderA.at(-1)).toBe('checkout.session.completed');
  await started.sim('POST', '/_sim/reset');
  await started.sim('POST', '/_sim/stripe/order', { order: 'b' });
  await subscribe('t2');
  const orderB = (await stripe.events.list({ limit: 100 })).data.reverse().map((event) => event.type);
  expect([...orderB].sort()).toEqual([...orderA].sort());
  expect(orderB.indexOf('checkout.session.completed')).toBeLessThan(orderB.indexOf('customer.subscription.created'));
  expect(orderB.indexOf('invoice.finalized')).toBeGreaterThan(orderB.indexOf('invoice.paid'));
});

test('the trial’s end is announced three days ahead, then charged an hour after it ended', async () => {
  const subscription = await subscribe('t1');
  await advance(11 * DAY);
  expect((await stripe.events.list({ type: 'customer.subscription.trial_will_end' })).data).toHaveLength(1);
  await advance(3 * DAY);
  expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('active');
  await advance(3601);
  const [invoice] = (await stripe.invoices.list({ subscription: subscription.id, expand: ['data.payments'] })).data;
  expect(invoice).toMatchObject({ status: 'paid', amount_paid: 19_900, billing_reason: 'subscription_cycle' });
  expect(invoice?.payments?.data).toHaveLength(1);
});

test('a card that stops working makes the subscription past due, and after eight tries it ends', async () => {
  const subscription = await subscribe('t1', '4000000000000341');
  await advance(14 * DAY + 3601);
  expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('past_due');
  expect((await stripe.events.list({ type: 'invoice.payment_failed' })).data).toHaveLength(1);
  await advance(15 * DAY);
  const ended = await stripe.subscriptions.retrieve(subscription.id);
  expect([ended.status, ended.cancellation_details?.reason]).toEqual(['canceled', 'payment_failed']);
  expect((await stripe.events.list({ type: 'invoice.payment_failed' })).data).toHaveLength(8);
});

test('a new card from the billing portal rescues a subscription that is past due', async () => {
  const subscription = await subscribe('t1', '4000000000000341');
  await advance(14 * DAY + 3601);
  const { url } = await stripe.billingPortal.sessions.create({
    customer: subscription.customer as string,
    return_url: 'http://localhost/back',
  });
  const portal = (fields: Record<string, string>) => fetch(url, { method: 'POST', body: new URLSearchParams(fields) });
  expect((await portal({ action: 'card', card_number: '4000000000000002' })).status).toBe(402);
  expect((await portal({ action: 'card', card_number: GOOD })).status).toBe(200);
  await advance(DAY);
  expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('active');
  expect(await (await portal({ action: 'cancel' })).text()).toContain('ends with the current period');
  const ending = await stripe.subscriptions.retrieve(subscription.id);
  expect(ending).toMatchObject({ cancel_at_period_end: false, cancel_at: ending.items.data[0]?.current_period_end });
  await advance(31 * DAY);
  expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('canceled');
});

test('without a trial the first month is charged at once, and can be given back once and no more', async () => {
  const subscription = await subscribe('t1', GOOD, null);
  expect(subscription.status).toBe('active');
  const [payment] = (await stripe.invoicePayments.list({ invoice: subscription.latest_invoice as string })).data;
  const intent = payment?.payment.payment_intent as string;
  const refund = await stripe.refunds.create({ payment_intent: intent, reason: 'requested_by_customer' });
  expect([refund.amount, refund.status]).toEqual([19_900, 'succeeded']);
  await expect(stripe.refunds.create({ payment_intent: intent })).rejects.toMatchObject({
    code: 'charge_already_refunded',
  });
  const types = (await stripe.events.list({ types: ['charge.refunded', 'refund.created'] })).data.map((e) => e.type);
  expect(types.sort()).toEqual(['charge.refunded', 'refund.created']);
  expect(await effects('refund.created', 't1')).toBe(1);
});

test('a cancelled subscription announces its end, never charges again, and cannot be cancelled twice', async () => {
  const subscription = await subscribe('t1');
  const ended = await stripe.subscriptions.cancel(subscription.id, { prorate: false });
  expect([ended.status, ended.cancellation_details?.reason]).toEqual(['canceled', 'cancellation_requested']);
  await expect(stripe.subscriptions.cancel(subscription.id)).rejects.toMatchObject({ code: 'resource_missing' });
  await advance(60 * DAY);
  expect((await stripe.invoices.list({ subscription: subscription.id })).data).toHaveLength(1);
  expect((await stripe.events.list({ type: 'customer.subscription.deleted' })).data).toHaveLength(0); // older than 30 days
});

test('a plan change during the trial costs nothing and tells what was before', async () => {
  const subscription = await subscribe('t1');
  const item = subscription.items.data[0];
  const changed = await stripe.subscriptions.update(subscription.id, {
    items: [{ id: item?.id, price: 'price_starter_monthly' }],
  });
  expect(changed.items.data[0]?.price.lookup_key).toBe('starter_monthly');
  const [event] = (await stripe.events.list({ type: 'customer.subscription.updated' })).data;
  expect(event?.data.previous_attributes).toHaveProperty('items');
  await advance(14 * DAY + 3601);
  const [invoice] = (await stripe.invoices.list({ subscription: subscription.id })).data;
  expect(invoice?.amount_paid).toBe(4_900);
});
