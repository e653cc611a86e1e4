import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals';
import { failures } from '../src/console/failures.js';
import { payByForm, Started, until } from './support/started.js';

const folder = mkdtempSync(join(tmpdir(), 'latchkey-sandbox-'));
let started: Started;

beforeEach(async () => {
  started = await Started.begin();
});
afterEach(() => started.close());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a sandbox that ends without a goodbye keeps what it had answered, and its due work', async () => {
  const env = { SANDBOX_DATA_DIR: join(folder, 'kept') };
  const before = await Started.begin(env);
  const customer = await before.stripe().customers.create({ email: 'a@example.com', metadata: { tenant_id: 't1' } });
  const session = await before.stripe().checkout.sessions.create({
    mode: 'subscription',
    customer: customer.id,
    line_items: [{ price: 'price_pro_monthly', quantity: 1 }],
    subscription_data: { trial_period_days: 14 },
    success_url: 'http://localhost/done',
  });
  await payByForm(session.url, { card_number: '4242424242424242' });
  // Not closed: what a SIGKILL would leave is exactly what is in the file now. A torn last line belongs to it.
  const log = join(env.SANDBOX_DATA_DIR, 'sandbox.log');
  appendFileSync(log, '["+",["stripe.customers","cus_torn",{"id":"cus_torn"}],["stripe.sess');

  const after = await Started.begin(env);
  try {
    expect((await after.stripe().customers.list()).data.map(({ id }) => id)).toEqual([customer.id]);
    expect(await after.sim('GET', '/_sim/effects?kind=customer.created&key=t1')).toMatchObject({
      counts: { 'subscription.created': 1 },
    });
    await after.sim('POST', '/_sim/clock/advance', { seconds: 14 * 86_400 + 3601 });
    expect((await after.stripe().subscriptions.list()).data[0]?.status).toBe('active');
  } finally {
    await after.close();
    await before.close();
  }
});

test('the log is rewritten to what is left when the sandbox stops', async () => {
  const env = { SANDBOX_DATA_DIR: join(folder, 'compact') };
  const first = await Started.begin(env);
  const { id } = await first.stripe().customers.create({ email: 'a@example.com' });
  for (let index = 0; index < 50; index += 1) await first.stripe().customers.update(id, { name: `name ${index}` });
  await first.close();
  const lines = readFileSync(join(env.SANDBOX_DATA_DIR, 'sandbox.log'), 'utf8').split('\n');
  expect(lines.filter((line) => line.startsWith('["stripe.customers"'))).toHaveLength(1);
});

test('a fault with a seed hits the same requests every time', async () => {
  const outcomes = async () => {
    await started.sim('DELETE', '/_sim/faults');
    await started.sim('POST', '/_sim/faults', {
      match: { vendor: 'stripe', probability: 0.3, seed: 42 },
      action: { type: 'status', status: 503 },
    });
    const seen: number[] = [];
    for (let index = 0; index < 40; index += 1) {
      seen.push(
        (await fetch(started.url('stripe', '/v1/prices'), { headers: { authorization: 'Bearer sk_test_x' } })).status,
      );
    }
    return seen;
  };
  const first = await outcomes();
  expect(await outcomes()).toEqual(first);
  const failed = first.filter((status) => status === 503).length;
  expect(failed).toBeGreaterThan(4);
  expect(failed).toBeLessThan(24);
});

test('nth, times and a regular expression choose exactly the requests they name', async () => {
  const get = async (path: string) =>
    (await fetch(started.url('stripe', path), { headers: { authorization: 'Bearer sk_test_x' } })).status;
  await started.sim('POST', '/_sim/faults', {
    match: { path: '/^\\/v1\\/(prices|products)$/', nth: 2 },
    action: { type: 'status', status: 500 },
  });
  await started.sim('POST', '/_sim/faults', {
    match: { method: 'get', path: '/v1/events', times: 2 },
    action: { type: 'status', status: 429 },
  });
  expect([await get('/v1/prices'), await get('/v1/products'), await get('/v1/prices')]).toEqual([200, 500, 200]);
  expect([await get('/v1/events'), await get('/v1/events'), await get('/v1/events')]).toEqual([429, 429, 200]);
  const { faults } = (await started.sim('GET', '/_sim/faults')) as { faults: { seen: number; hits: number }[] };
  expect(faults.map(({ seen, hits }) => [seen, hits])).toEqual([
    [3, 1],
    [3, 2],
  ]);
});

test('latency, slow bodies and cut bodies are felt by the caller', async () => {
  const timed = async () => {
    const startedMs = performance.now();
    const text = await (
      await fetch(started.url('stripe', '/v1/prices'), { headers: { authorization: 'Bearer sk_test_x' } })
    ).text();
    return { text, ms: performance.now() - startedMs };
  };
  await started.sim('POST', '/_sim/latency', { stripe: 120 });
  expect((await timed()).ms).toBeGreaterThanOrEqual(115);
  await started.sim('POST', '/_sim/latency', { stripe: 0 });
  await started.sim('POST', '/_sim/faults', { match: { times: 1 }, action: { type: 'slow-body', ms: 150 } });
  const slow = await timed();
  expect([slow.ms >= 145, JSON.parse(slow.text)]).toEqual([true, expect.objectContaining({ object: 'list' })]);
  await started.sim('POST', '/_sim/faults', { match: { times: 1 }, action: { type: 'malformed' } });
  const { text } = await timed();
  expect(() => JSON.parse(text)).toThrow();
});

test('each of the five named failures switches on and off again', async () => {
  for (const { name, rules } of failures) {
    await started.sim('POST', `/_sim/failures/${name}`, { on: true });
    expect(((await started.sim('GET', '/_sim/faults')) as { faults: object[] }).faults).toHaveLength(rules.length);
    await started.sim('POST', `/_sim/failures/${name}`, { on: false });
    expect(((await started.sim('GET', '/_sim/faults')) as { faults: object[] }).faults).toHaveLength(0);
  }
});

test('a person flips a switch and moves the clock with plain forms, and lands on the page again', async () => {
  const post = (path: string, fields: Record<string, string>) =>
    fetch(started.url('console', path), {
      method: 'POST',
      redirect: 'manual',
      headers: { accept: 'text/html' },
      body: new URLSearchParams(fields),
    });
  const flipped = await post('/_sim/failures/stuck-provisioning', { on: 'true' });
  expect([flipped.status, flipped.headers.get('location')]).toEqual([303, '/']);
  expect(await (await fetch(started.url('console', '/'))).text()).toMatch(/role="switch"\s+aria-checked="true"/);
  expect((await post('/_sim/clock/advance', { seconds: '3600' })).status).toBe(303);
  expect(await started.sim('GET', '/_sim/clock')).toMatchObject({ offset_seconds: 3600 });
  const pages = await Promise.all(
    ['/stripe', '/stripe/price_pro_monthly', '/inbox', '/requests', '/live.js'].map((path) =>
      fetch(started.url('console', path)),
    ),
  );
  expect(pages.map((page) => page.status)).toEqual([200, 200, 200, 200, 200]);
});

test('a rule or a filter that makes no sense is refused with a reason', async () => {
  await expect(
    started.sim('POST', '/_sim/faults', { match: { vendr: 'stripe' }, action: { type: 'hang' } }),
  ).rejects.toThrow(/vendr/);
  await expect(
    started.sim('POST', '/_sim/faults', { match: { path: '/(/' }, action: { type: 'hang' } }),
  ).rejects.toThrow(/400/);
  await expect(started.sim('POST', '/_sim/clock/advance', { seconds: -5 })).rejects.toThrow(/400/);
  await expect(started.sim('POST', '/_sim/failures/no-such', { on: true })).rejects.toThrow(/404/);
});

test('time moved forward runs what is due in the order it is due, each at its own moment', async () => {
  const { clock } = started.sandbox.sim;
  const ran: [string, number][] = [];
  const beganMs = clock.nowMs();
  clock.on('test.note', (key) => {
    ran.push([key, Math.round((clock.nowMs() - beganMs) / 1000)]);
    if (key === 'first') clock.schedule(clock.nowMs() + 5_000, 'test.note', 'caused by first');
  });
  clock.schedule(beganMs + 60_000, 'test.note', 'last');
  clock.schedule(beganMs + 10_000, 'test.note', 'first');
  await started.sim('POST', '/_sim/clock/advance', { seconds: 3600 });
  expect(ran).toEqual([
    ['first', 10],
    ['caused by first', 15],
    ['last', 60],
  ]);
});

test('the console page shows requests without letting them inject markup', async () => {
  await fetch(started.url('stripe', '/v1/customers/%3Cscript%3E<b>'));
  await until('the journal', () => started.sandbox.sim.journal.requests({}).length > 0);
  started.sandbox.sim.journal.requests({})[0]!.path = '/<script>alert(1)</script>';
  const page = await (await fetch(started.url('console', '/requests'))).text();
  expect(page).toContain('&lt;script&gt;');
  expect(page).not.toContain('<script>alert');
});
