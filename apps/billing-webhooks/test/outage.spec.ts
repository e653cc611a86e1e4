import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SweepCheckouts } from '../src/checkout/sweep-checkouts.js';
import { BillingWorld } from './billing-world.js';

/** The breaker of production; the clock makes an hour short. */
let here: BillingWorld;
beforeAll(async () => {
  here = await BillingWorld.start(async () => ({ BREAKER_FAILURES: '3', BREAKER_PAUSE_MAX_SECONDS: '60' }));
});
afterAll(() => here.stop());

const apiCalls = async () =>
  ((await here.sim('GET', 'requests?vendor=stripe&path=/v1&limit=50000')) as { requests: unknown[] }).requests.length;

async function pass(minutes: number): Promise<void> {
  for (let passed = 0; passed < minutes; passed += 5) {
    await here.world.advance(5 * 60_000);
    await here.world.drain();
  }
}

test('an hour without Stripe costs few calls: who signs up is answered at once, and nobody who paid is lost', async () => {
  here.answerContactCards();
  const paid = Array.from({ length: 8 }, () => here.newTenant());
  const pages = await Promise.all(paid.map((tenant) => here.open(tenant)));
  await here.sim('POST', 'faults', {
    match: { vendor: 'stripe', path: '/v1' },
    action: { type: 'status', status: 503 },
  });
  const before = await apiCalls();
  // The hosted page is Stripe's own and works; what it tells us is stored, and cannot be asked about.
  for (const { checkout_url } of pages) await here.pay(checkout_url);
  await pass(60);
  const calls = await apiCalls();
  expect(calls - before).toBeLessThan(200);
  const waiting = await here.service.sql<{ state: string; events: number }>(
    `select state, count(*)::int as events from stripe_event where state <> 'ignored' group by state`,
  );
  expect(waiting).toEqual([{ state: 'waiting', events: expect.any(Number) }]);

  const late = Array.from({ length: 5 }, () => here.newTenant());
  const replies = await Promise.all(late.map((tenant) => here.open(tenant)));
  expect(replies).toEqual(late.map(() => ({ state: 'opening', checkout_url: null })));
  // At most one of them tries, and the SDK tries it twice.
  expect((await apiCalls()) - calls).toBeLessThanOrEqual(2);

  await here.sim('DELETE', 'faults');
  await pass(10);
  await here.service.get(SweepCheckouts).run();
  await here.world.drain();
  for (const tenant of paid) expect(await here.types(tenant)).toEqual(['checkout-completed']);
  const states = await here.service.sql<{ state: string }>(
    'select distinct state from checkout where tenant_id = any($1)',
    [late],
  );
  expect(states).toEqual([{ state: 'open' }]);
}, 60_000);
