import { expect, test } from '@jest/globals';
import { startWireServer, type WireAnswer, type WireRequest } from '@latchkey/testing/wire-server';
import { createStripe } from './stripe.js';

const open = async (play: (request: WireRequest, attempt: number) => WireAnswer) => {
  const server = await startWireServer(play);
  return {
    server,
    stripe: createStripe({ breaker: undefined, secretKey: 'sk_test_wire', apiUrl: server.url, timeoutMs: 2_000 }),
  };
};
const list = (data: object[], hasMore = false) => ({
  body: { object: 'list', data, has_more: hasMore, url: '/v1/list' },
});
const refused = (status: number, code: string) => ({
  status,
  body: { error: { type: 'invalid_request_error', code } },
});
const session = {
  id: 'cs_1',
  object: 'checkout.session',
  url: 'https://pay',
  status: 'open',
  expires_at: 1_770_000_000,
};
const subscription = {
  id: 'sub_1',
  object: 'subscription',
  status: 'trialing',
  customer: 'cus_1',
  items: { data: [] },
};

test('a checkout carries the tenant on session and subscription, the trial, and our key', async () => {
  const { server, stripe } = await open(({ path }) =>
    path.startsWith('/v1/prices')
      ? list([{ id: 'price_9', unit_amount: 4_900, currency: 'usd' }])
      : { body: { ...session, customer: 'cus_1', subscription: null } },
  );
  await using _ = server;
  const checkout = await stripe.openCheckout({
    tenantId: 'ten_1',
    customerId: 'cus_1',
    price: { lookupKey: 'starter_monthly' },
    trialDays: 14,
    successUrl: 'https://app/success?session_id={CHECKOUT_SESSION_ID}',
    cancelUrl: 'https://app/cancel',
    metadata: { plan: 'starter' },
    expiresAtMs: 1_770_003_600_999,
    idempotencyKey: 'ten_1:checkout:1',
  });
  expect(checkout).toMatchObject({ id: 'cs_1', status: 'open', customerId: 'cus_1', expiresAtMs: 1_770_000_000_000 });
  const request = server.requests[1];
  expect(request?.headers['idempotency-key']).toBe('ten_1:checkout:1');
  expect(Object.fromEntries(new URLSearchParams(request?.body))).toEqual({
    mode: 'subscription',
    customer: 'cus_1',
    client_reference_id: 'ten_1',
    'line_items[0][price]': 'price_9',
    'line_items[0][quantity]': '1',
    payment_method_collection: 'always',
    'subscription_data[trial_period_days]': '14',
    'subscription_data[trial_settings][end_behavior][missing_payment_method]': 'cancel',
    'subscription_data[metadata][tenant_id]': 'ten_1',
    'subscription_data[metadata][plan]': 'starter',
    success_url: 'https://app/success?session_id={CHECKOUT_SESSION_ID}',
    cancel_url: 'https://app/cancel',
    'metadata[tenant_id]': 'ten_1',
    'metadata[plan]': 'starter',
    expires_at: '1770003600',
  });
});

test('a thousand checkouts ask for their price once', async () => {
  const { server, stripe } = await open(() => list([{ id: 'price_9', unit_amount: 4_900, currency: 'usd' }]));
  await using _ = server;
  const prices = await Promise.all(Array.from({ length: 1_000 }, () => stripe.findPriceByLookupKey('starter_monthly')));
  expect(new Set(prices.map(({ id }) => id))).toEqual(new Set(['price_9']));
  expect(server.requests).toHaveLength(1);
});

test('a price that could not be read is asked for again', async () => {
  const { server, stripe } = await open((_request, attempt) => (attempt === 1 ? list([]) : list([{ id: 'price_9' }])));
  await using _ = server;
  await expect(stripe.findPriceByLookupKey('pro_monthly')).rejects.toMatchObject({
    kind: 'not_found',
    code: 'price_missing',
  });
  await expect(stripe.findPriceByLookupKey('pro_monthly')).resolves.toMatchObject({ id: 'price_9' });
});

test('a customer whose first answer was lost in a stored 500 is found again instead of doubled', async () => {
  const replay = { 'idempotent-replayed': 'true', 'stripe-should-retry': 'false' };
  const { server, stripe } = await open(({ method }) =>
    method === 'POST'
      ? { status: 500, headers: replay, body: { error: { type: 'api_error' } } }
      : list([
          { id: 'cus_other', metadata: { tenant_id: 'ten_2' } },
          { id: 'cus_1', metadata: { tenant_id: 'ten_1' } },
        ]),
  );
  await using _ = server;
  const customer = { tenantId: 'ten_1', email: 'mara@example.com', idempotencyKey: 'ten_1:customer:1' };
  await expect(stripe.ensureCustomer(customer)).resolves.toEqual({ id: 'cus_1' });
  await expect(stripe.ensureCustomer({ ...customer, tenantId: 'ten_3' })).rejects.toMatchObject({
    code: 'idempotent_replay',
  });
});

test('cancelling and deleting twice is done, not an error', async () => {
  const { server, stripe } = await open(({ method, path }) => {
    if (method === 'DELETE') return refused(404, 'resource_missing');
    if (path.startsWith('/v1/customers')) return { body: { id: 'cus_1', object: 'customer', deleted: true } };
    return { body: { ...subscription, status: 'canceled' } };
  });
  await using _ = server;
  await expect(stripe.cancelSubscription('sub_1')).resolves.toBeUndefined();
  await expect(stripe.deleteCustomer('cus_1')).resolves.toBeUndefined();
});

test('what Stripe does not know under our key is neither called cancelled nor deleted: it may live on under another', async () => {
  const { server, stripe } = await open(() => refused(404, 'resource_missing'));
  await using _ = server;
  const unknown = { kind: 'not_found', code: 'resource_missing' };
  await expect(stripe.cancelSubscription('sub_1')).rejects.toMatchObject(unknown);
  await expect(stripe.deleteCustomer('cus_1')).rejects.toMatchObject(unknown);
});

test.each([
  ['the older way, with the flag', { cancel_at_period_end: true, cancel_at: 1_770_000_000 }, true],
  ['in the portal of today, with the moment alone', { cancel_at_period_end: false, cancel_at: 1_770_000_000 }, true],
  [
    'for a later period, before which it is charged again',
    { cancel_at_period_end: false, cancel_at: 1_772_000_000 },
    false,
  ],
  ['not at all', { cancel_at_period_end: false, cancel_at: null }, false],
])('a subscription that is to end %s', async (_how, ending, endsWithPeriod) => {
  const items = { data: [{ current_period_end: 1_770_000_000, price: { id: 'price_9', lookup_key: null } }] };
  const { server, stripe } = await open(() => ({ body: { ...subscription, ...ending, items } }));
  await using _ = server;
  await expect(stripe.getSubscription('sub_1')).resolves.toMatchObject({ cancelAtPeriodEnd: endsWithPeriod });
});

test('a refused cancel is believed only when the subscription really is canceled', async () => {
  let status = 'canceled';
  const { server, stripe } = await open(({ method }) =>
    method === 'DELETE' ? refused(400, 'subscription_state') : { body: { ...subscription, status } },
  );
  await using _ = server;
  await expect(stripe.cancelSubscription('sub_1')).resolves.toBeUndefined();
  status = 'active';
  await expect(stripe.cancelSubscription('sub_1')).rejects.toMatchObject({
    kind: 'refused',
    code: 'subscription_state',
  });
});

test('refunding what is refunded already is done', async () => {
  const { server, stripe } = await open(() => refused(400, 'charge_already_refunded'));
  await using _ = server;
  const refund = { paymentIntentId: 'pi_1', idempotencyKey: 'ten_1:refund:1' };
  await expect(stripe.refundPayment(refund)).resolves.toEqual({ id: null });
});

test('what a bank sent back does not count as refunded, and is counted apart', async () => {
  const { server, stripe } = await open(() =>
    list([
      { id: 're_3', amount: 3_000, status: 'pending' },
      { id: 're_2', amount: 1_900, status: 'failed' },
      { id: 're_1', amount: 1_900, status: 'succeeded' },
    ]),
  );
  await using _ = server;
  await expect(stripe.findRefunds('pi_1')).resolves.toEqual({ cents: 4_900, lastId: 're_3', failed: 1 });
  expect(server.requests[0]?.path).toContain('payment_intent=pi_1');
});

test('a trial has no payment to refund, a paid invoice has its intent', async () => {
  const { server, stripe } = await open(({ path }) =>
    path.startsWith('/v1/invoices')
      ? list([
          { id: 'in_2', amount_paid: 4_900 },
          { id: 'in_1', amount_paid: 0 },
        ])
      : list([
          {
            amount_paid: 4_900,
            currency: 'usd',
            payment: { type: 'payment_intent', payment_intent: 'pi_2' },
            status_transitions: { paid_at: 1_770_000_000 },
          },
        ]),
  );
  await using _ = server;
  await expect(stripe.listPayments('sub_1')).resolves.toEqual([
    { invoiceId: 'in_2', paymentIntentId: 'pi_2', amountPaid: 4_900, paidAtMs: 1_770_000_000_000, currency: 'usd' },
  ]);
  expect(server.requests.map(({ path }) => path.split('?')[0])).toEqual(['/v1/invoices', '/v1/invoice_payments']);
});

test('expiring a session that was paid meanwhile reports it as complete', async () => {
  const { server, stripe } = await open(({ method }) =>
    method === 'POST' ? refused(400, 'checkout_not_open') : { body: { ...session, status: 'complete', subscription } },
  );
  await using _ = server;
  const checkout = await stripe.expireCheckout('cs_1');
  expect(checkout).toMatchObject({ status: 'complete', subscriptionId: 'sub_1', subscription: { status: 'trialing' } });
});

test('the pages of a list, each after the last of the one before, hold every event since the moment once', async () => {
  const all = Array.from({ length: 250 }, (_unused, index) => ({ id: `evt_${250 - index}`, object: 'event' }));
  const { server, stripe } = await open(({ path }) => {
    const query = new URLSearchParams(path.split('?')[1]);
    const start = all.findIndex(({ id }) => id === query.get('starting_after')) + 1;
    const page = all.slice(start, start + Number(query.get('limit')));
    return list(page, start + page.length < all.length);
  });
  await using _ = server;
  const seen: string[] = [];
  const types = ['invoice.paid', 'charge.refunded'] as const;
  for (let after: string | null = null, more = true; more;) {
    const page = await stripe.pageOfEvents({ sinceMs: 1_770_000_000_999, types, after });
    seen.push(...page.items.map(({ id }) => id));
    ({ more } = page);
    after = seen.at(-1) ?? null;
  }
  expect(seen).toEqual(all.map(({ id }) => id));
  expect(server.requests).toHaveLength(3);
  expect(decodeURIComponent(server.requests[0]?.path ?? '')).toContain('created[gte]=1770000000&');
});

test('a live key is never sent to this machine', () => {
  expect(() => createStripe({ breaker: undefined, secretKey: 'sk_live_x', apiUrl: 'http://127.0.0.1:4011' })).toThrow(
    /live key/,
  );
  expect(() => createStripe({ breaker: undefined, secretKey: 'rk_live_x', apiUrl: 'http://localhost:4011' })).toThrow(
    /live key/,
  );
  expect(() => createStripe({ breaker: undefined, secretKey: 'sk_live_x' })).not.toThrow();
});

test('an address with a path is refused, because the SDK would drop the path silently', () => {
  expect(() =>
    createStripe({ breaker: undefined, secretKey: 'sk_test_x', apiUrl: 'http://127.0.0.1:4011/stripe' }),
  ).toThrow(/path/);
});
