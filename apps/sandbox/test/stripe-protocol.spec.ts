import { afterEach, beforeEach, expect, test } from '@jest/globals';
import Stripe from 'stripe';
import { Started, until } from './support/started.js';

let started: Started;
let stripe: Stripe;

beforeEach(async () => {
  started = await Started.begin();
  stripe = started.stripe();
});
afterEach(() => started.close());

const fault = (match: object, action: object) =>
  started.sim('POST', '/_sim/faults', { match: { vendor: 'stripe', ...match }, action });
const created = async (key: string) =>
  ((await started.sim('GET', `/_sim/effects?kind=customer.created&key=${key}`)) as { effects: object[] }).effects
    .length;
/** A call the typings would not allow, with the key of an ordinary account. */
const raw = (method: string, path: string, form?: Record<string, string>, headers: Record<string, string> = {}) =>
  fetch(started.url('stripe', path), {
    method,
    headers: { authorization: 'Bearer sk_test_raw', ...headers },
    ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
  });
const errorOf = async (response: Response) =>
  ((await response.json()) as { error: { type: string; code?: string; param?: string; message: string } }).error;

test('an unknown parameter is refused by name, at any depth', async () => {
  const top = await raw('POST', '/v1/checkout/sessions', { 'payment_method_types[0]': 'card' });
  expect(top.status).toBe(400);
  expect(await errorOf(top)).toMatchObject({ code: 'parameter_unknown', param: 'payment_method_types' });
  const deep = await raw('POST', '/v1/checkout/sessions', { 'line_items[0][prise]': 'price_pro_monthly' });
  expect(await errorOf(deep)).toMatchObject({ code: 'parameter_unknown', param: 'line_items[0][prise]' });
  const query = await raw('GET', '/v1/customers?colour=red');
  expect(await errorOf(query)).toMatchObject({ code: 'parameter_unknown', param: 'colour' });
});

test('a parameter that is known but not imitated is refused instead of ignored', async () => {
  const answer = await raw('POST', '/v1/customers', { email: 'a@example.com', balance: '500' });
  expect(await errorOf(answer)).toMatchObject({ code: 'sandbox_unsupported', param: 'balance' });
  expect((await stripe.customers.list()).data).toEqual([]);
});

test('wrong kinds, bad ids and missing parameters get Stripe’s codes', async () => {
  expect(await errorOf(await raw('GET', '/v1/customers?limit=many'))).toMatchObject({
    code: 'parameter_invalid_integer',
  });
  expect(await errorOf(await raw('GET', '/v1/customers?limit=101'))).toMatchObject({ param: 'limit' });
  expect(await errorOf(await raw('POST', '/v1/prices', {}))).toMatchObject({
    code: 'parameter_missing',
    param: 'currency',
  });
  await expect(stripe.subscriptions.retrieve('sub_none')).rejects.toMatchObject({
    statusCode: 404,
    code: 'resource_missing',
  });
  await expect(stripe.billingPortal.sessions.create({ customer: 'cus_none' })).rejects.toMatchObject({
    statusCode: 400,
    code: 'resource_missing',
    param: 'customer',
  });
  expect((await raw('GET', '/v1/nothing')).status).toBe(404);
});

test('no key, a live key or another API version is turned away', async () => {
  expect((await raw('GET', '/v1/customers', undefined, { authorization: '' })).status).toBe(401);
  expect((await raw('GET', '/v1/customers', undefined, { authorization: 'Bearer sk_live_1234' })).status).toBe(401);
  expect((await raw('GET', '/v1/customers', undefined, { 'stripe-version': '2020-08-27' })).status).toBe(400);
  const wrong = new Stripe('nonsense', {
    host: '127.0.0.1',
    port: started.sandbox.ports.stripe ?? 0,
    protocol: 'http',
  });
  await expect(wrong.customers.list()).rejects.toBeInstanceOf(Stripe.errors.StripeAuthenticationError);
});

test('the same key answers the same, also to parallel callers, and creates one customer', async () => {
  const params = { email: 'a@example.com', metadata: { tenant_id: 't1' } };
  const first = await stripe.customers.create(params, { idempotencyKey: 'k1' });
  // Those that meet a running twin get 409, which the SDK retries.
  const patient = started.stripe(2);
  const replays = await Promise.all([1, 2, 3].map(() => patient.customers.create(params, { idempotencyKey: 'k1' })));
  expect(replays.map((customer) => customer.id)).toEqual([first.id, first.id, first.id]);
  expect(await created('t1')).toBe(1);
});

test('the same key with other parameters is an idempotency error', async () => {
  await stripe.customers.create({ email: 'a@example.com' }, { idempotencyKey: 'k1' });
  await expect(stripe.customers.create({ email: 'b@example.com' }, { idempotencyKey: 'k1' })).rejects.toBeInstanceOf(
    Stripe.errors.StripeIdempotencyError,
  );
});

test('a key whose first request is still running answers 409 at once', async () => {
  await started.sim('POST', '/_sim/latency', { stripe: 1000 });
  const form = { email: 'a@example.com' };
  const headers = { 'idempotency-key': 'k1' };
  const first = raw('POST', '/v1/customers', form, headers);
  await until(
    'the first request’s arrival',
    () => started.sandbox.sim.journal.requests({ method: 'POST' }).length === 1,
  );
  const second = await raw('POST', '/v1/customers', form, headers);
  expect([second.status, (await errorOf(second)).code]).toEqual([409, 'idempotency_key_in_use']);
  expect((await first).status).toBe(200);
  expect((await raw('POST', '/v1/customers', form, headers)).headers.get('idempotent-replayed')).toBe('true');
});

test('a refused request leaves nothing behind under its key', async () => {
  const headers = { 'idempotency-key': 'k1' };
  expect((await raw('POST', '/v1/customers', { email: 'not an email' }, headers)).status).toBe(400);
  expect((await raw('POST', '/v1/customers', { email: 'a@example.com' }, headers)).status).toBe(200);
});

test('work that was done is not done again because its answer could not be expanded', async () => {
  const form = { email: 'a@example.com', 'metadata[tenant_id]': 't1', 'expand[0]': 'no_such_thing' };
  for (const attempt of [1, 2]) {
    const answer = await raw('POST', '/v1/customers', form, { 'idempotency-key': 'k1' });
    expect([attempt, answer.status]).toEqual([attempt, 400]);
  }
  expect(await created('t1')).toBe(1);
});

test('a remembered 500 is replayed for its key for a day, another key goes through', async () => {
  await fault({ method: 'POST', path: '/v1/customers', times: 1 }, { type: 'status', status: 500, remembered: true });
  const create = (idempotencyKey: string) => stripe.customers.create({ email: 'a@example.com' }, { idempotencyKey });
  await expect(create('k1')).rejects.toMatchObject({ statusCode: 500 });
  await expect(create('k1')).rejects.toMatchObject({ statusCode: 500 });
  expect((await create('k2')).email).toBe('a@example.com');
  await started.sim('POST', '/_sim/clock/advance', { seconds: 86_401 });
  expect((await create('k1')).email).toBe('a@example.com');
});

test('a connection cut after the work was done, then retried by the SDK, has one effect', async () => {
  await fault({ method: 'POST', path: '/v1/customers', nth: 1 }, { type: 'reset-after-commit' });
  const customer = await started.stripe(1).customers.create({ email: 'a@example.com', metadata: { tenant_id: 't1' } });
  expect(await created('t1')).toBe(1);
  expect((await stripe.customers.list()).data.map(({ id }) => id)).toEqual([customer.id]);
  const { requests } = (await started.sim('GET', '/_sim/requests?vendor=stripe&method=POST')) as {
    requests: { fault?: string; effects?: object[]; idempotency_key?: string }[];
  };
  expect(requests.map(({ fault: cut, effects }) => [cut, effects?.length])).toEqual([
    ['reset-after-commit', 1],
    [undefined, undefined],
  ]);
  expect(requests[0]?.idempotency_key).toBe(requests[1]?.idempotency_key);
});

test('a cut before the work has no effect', async () => {
  await fault({ method: 'POST' }, { type: 'reset-before' });
  await expect(
    stripe.customers.create({ email: 'a@example.com', metadata: { tenant_id: 't1' } }),
  ).rejects.toBeInstanceOf(Stripe.errors.StripeConnectionError);
  expect(await created('t1')).toBe(0);
});

test('injected statuses reach the SDK as the errors Stripe would cause', async () => {
  await fault({ path: '/v1/events', nth: 1 }, { type: 'status', status: 429 });
  await expect(stripe.events.list()).rejects.toBeInstanceOf(Stripe.errors.StripeRateLimitError);
  await fault({ path: '/v1/prices' }, { type: 'malformed' });
  await expect(stripe.prices.list()).rejects.toBeInstanceOf(Stripe.errors.StripeAPIError);
  await fault({ path: '/v1/products' }, { type: 'hang' });
  await expect(stripe.products.list({}, { timeout: 200 })).rejects.toThrow(/timeout|timed out/i);
});

test('faults for one tenant leave the others alone, and hosted pages are spared unless named', async () => {
  await fault({ tenant: 't-unlucky' }, { type: 'status', status: 500 });
  const create = (tenant: string) => stripe.customers.create({ metadata: { tenant_id: tenant } });
  await expect(create('t-unlucky')).rejects.toMatchObject({ statusCode: 500 });
  expect((await create('t-lucky')).metadata).toEqual({ tenant_id: 't-lucky' });
  await fault({}, { type: 'status', status: 500 });
  expect((await fetch(started.url('stripe', '/c/pay/cs_test_unknown'))).status).toBe(404);
});

test('lists are paged newest first and walked completely by the SDK', async () => {
  for (let index = 0; index < 25; index += 1) await stripe.customers.create({ email: `n${index}@example.com` });
  const seen: (string | null)[] = [];
  for await (const customer of stripe.customers.list({ limit: 7 })) seen.push(customer.email);
  expect(seen).toEqual(Array.from({ length: 25 }, (_, index) => `n${24 - index}@example.com`));
});

test('a customer is found again by the tenant in its metadata', async () => {
  const customer = await stripe.customers.create({ email: 'a@example.com', metadata: { tenant_id: 't1' } });
  await stripe.customers.create({ email: 'b@example.com', metadata: { tenant_id: 't2' } });
  const { data } = await stripe.customers.search({ query: "metadata['tenant_id']:'t1'" });
  expect(data.map(({ id }) => id)).toEqual([customer.id]);
});

test('a deleted customer takes its subscriptions along and stays readable as deleted', async () => {
  const customer = await stripe.customers.create({ email: 'a@example.com' });
  expect(await stripe.customers.del(customer.id)).toMatchObject({ deleted: true });
  expect(await stripe.customers.retrieve(customer.id)).toEqual(
    expect.objectContaining({ id: customer.id, deleted: true }),
  );
  await expect(stripe.customers.update(customer.id, { name: 'x' })).rejects.toMatchObject({ code: 'resource_missing' });
});
