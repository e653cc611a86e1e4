import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { FindLostEvents } from '../src/reconciler/find-lost-events.js';
import { FindLostPayments } from '../src/reconciler/find-lost-payments.js';
import { WalkStripeList, type StripeList } from '../src/reconciler/walk-stripe-list.js';
import { WatchStripeEvents } from '../src/stripe-inbox/watch-stripe-events.js';
import { RereadSubscriptions } from '../src/subscription/reread-subscriptions.js';
import { BillingWorld } from './billing-world.js';

let here: BillingWorld;
beforeAll(async () => void (here = await BillingWorld.start()));
afterEach(async () => {
  await here.sim('DELETE', 'faults');
  await here.sim('POST', 'stripe/webhook-faults', {});
});
afterAll(() => here.stop());

const never = new AbortController().signal;
const loseAllWebhooks = () => here.sim('POST', 'stripe/webhook-faults', { drop_probability: 1 });
const findEvents = () => here.service.get(FindLostEvents).run(never);

test('an endpoint that was down for three days costs nobody anything: what it missed is found, once', async () => {
  const [leaver, payer, newcomer] = [here.newTenant(), here.newTenant(), here.newTenant()];
  await here.subscribe(leaver);
  await here.subscribe(payer);
  await findEvents();
  await here.advanceDays(12.5);
  await loseAllWebhooks();
  await here.stripe('DELETE', `subscriptions/${await subscriptionOf(leaver)}`);
  await here.pay((await here.open(newcomer)).checkout_url);
  await here.advanceDays(3);
  await here.sim('POST', 'stripe/webhook-faults', {});
  const before = await foundEvents();
  await findEvents();
  await here.settled();
  expect((await foundEvents()) - before).toBeGreaterThanOrEqual(4);
  expect(await here.types(leaver)).toContain('subscription-cancelled');
  expect(await here.types(newcomer)).toEqual(['checkout-completed']);
  expect((await here.facts(payer)).filter(({ name }) => name === 'invoice-paid')).toMatchObject([
    { data: { amount_cents: 4_900 } },
  ]);
  const told = await Promise.all([leaver, payer, newcomer].map((tenant) => here.facts(tenant)));
  const after = await foundEvents();
  // Again, and once more by webhooks that come three days late.
  await findEvents();
  await resendAll();
  await here.settled();
  expect(await Promise.all([leaver, payer, newcomer].map((tenant) => here.facts(tenant)))).toEqual(told);
  expect(await foundEvents()).toBe(after);
  expect(await metric('stripe_walk_behind_seconds{list="events"}')).toBeLessThan(60);
});

test('an event whose webhook may still come is left alone for a minute, and found after it', async () => {
  const tenant = here.newTenant();
  await loseAllWebhooks();
  await here.pay((await here.open(tenant)).checkout_url);
  const before = await foundEvents();
  await findEvents();
  expect(await foundEvents()).toBe(before);
  await here.advance(61_000);
  await findEvents();
  await here.world.drain();
  expect(await here.types(tenant)).toEqual(['checkout-completed']);
});

/** A list as long as wanted, newest first, as Stripe pages it. */
function listOf(name: string, size: number, take: (ids: string[]) => void): StripeList<{ id: string }> {
  const items = Array.from({ length: size }, (_unused, index) => ({ id: `it_${size - index}` }));
  return {
    name,
    overlapMs: 0,
    page: async ({ after }) => {
      const start = items.findIndex(({ id }) => id === after) + 1;
      const page = items.slice(start, start + 100);
      return { items: page, more: start + page.length < size };
    },
    take: async (page) => take(page.map(({ id }) => id)),
  };
}

test('a list too long for one run is read on by the next, also after a crash in the middle and by two replicas', async () => {
  const walk = here.service.get(WalkStripeList);
  const seen = new Set<string>();
  let crashes = 1;
  const list = listOf('long', 2_500, (ids) => {
    if (seen.size === 700 && crashes-- > 0) throw new Error('The process dies here.');
    for (const id of ids) seen.add(id);
  });
  await expect(walk.run(list, never)).rejects.toThrow('dies here');
  await walk.run(list, never);
  expect(seen.size).toBe(2_500);
  seen.clear();
  // Nothing is left of that walk: the next one begins at the top, 2,000 of it at once, by two replicas that share it.
  await Promise.all([walk.run(list, never), walk.run(list, never)]);
  await walk.run(list, never);
  expect(seen.size).toBe(2_500);
});

test('a payment that no event and no row of ours tells of is found in Stripe’s list of sessions', async () => {
  const tenant = here.newTenant();
  await loseAllWebhooks();
  await here.pay((await here.open(tenant)).checkout_url);
  // Our row never learned which session it is, and nobody will look at it again.
  await here.service.sql(
    `update checkout set state = 'opening', session_id = null, url = null, check_at = null where tenant_id = $1`,
    [tenant],
  );
  await here.advanceDays(31);
  await here.service.get(FindLostPayments).run(never);
  await here.until(async () => (await here.types(tenant)).includes('checkout-completed'), 'found');
  await here.service.get(FindLostPayments).run(never);
  await here.world.drain();
  expect((await here.types(tenant)).filter((type) => type === 'checkout-completed')).toHaveLength(1);
});

test('what happened to a subscription more than thirty days ago, when its events are gone, is found by reading it', async () => {
  const tenant = here.newTenant();
  await here.subscribe(tenant);
  await loseAllWebhooks();
  await here.advanceDays(15);
  await here.stripe('DELETE', `subscriptions/${await subscriptionOf(tenant)}`);
  await here.advanceDays(31);
  await here.service.get(RereadSubscriptions).plan();
  await here.until(async () => (await here.types(tenant)).includes('subscription-cancelled'), 'read');
  await here.world.drain();
  const names = (await here.types(tenant)).sort();
  expect(names).toEqual(['checkout-completed', 'invoice-paid', 'subscription-cancelled']);
});

test('an event that Stripe refuses to explain for a while is not lost', async () => {
  const tenant = here.newTenant();
  await here.sim('POST', 'faults', {
    match: { vendor: 'stripe', method: 'GET', path: '/v1/checkout/sessions', times: 2 },
    action: { type: 'status', status: 401 },
  });
  await here.pay((await here.open(tenant)).checkout_url);
  await here.until(async () => {
    await here.hurry();
    return (await here.types(tenant)).includes('checkout-completed');
  }, 'applied in the end');
});

test('an event whose job died with its process, and one buried before its subscription was known, get another round', async () => {
  const tenant = here.newTenant();
  await here.subscribe(tenant);
  const subscription = await subscriptionOf(tenant);
  await here.world.drain();
  const insert = `insert into stripe_event (id, type, facts, state, outcome, happened_at, received_at)
                  values ($1, 'customer.subscription.updated', $2, $3, $4, now(), $5)`;
  const facts = JSON.stringify({ kind: 'subscription', subscription_id: subscription });
  const longAgo = new Date(here.world.clock.nowMs() - 3 * 3_600_000);
  await here.service.sql(insert, [`evt_jobless_${tenant}`, facts, 'waiting', null, longAgo]);
  await here.service.sql(insert, [`evt_buried_${tenant}`, facts, 'dead', 'unknown_tenant: nobody', longAgo]);
  await here.service.get(WatchStripeEvents).run();
  await here.settled();
  const states = await here.service.sql('select state from stripe_event where id like $1', [`evt_%_${tenant}`]);
  expect(states).toEqual([{ state: 'applied' }, { state: 'applied' }]);
});

async function subscriptionOf(tenant: string): Promise<string | undefined> {
  const [row] = await here.service.sql<{ id: string }>('select id from subscription where tenant_id = $1', [tenant]);
  return row?.id;
}

/** Every event Stripe still lists, delivered once more. */
async function resendAll(): Promise<void> {
  const { data } = (await here.stripe('GET', 'events?limit=100')) as { data: { id: string }[] };
  for (const { id } of data) await here.sim('POST', `stripe/webhooks/${id}/resend`);
  await here.until(async () => {
    const { deliveries } = (await here.sim('GET', 'stripe/webhooks?state=pending')) as { deliveries: unknown[] };
    return deliveries.length === 0;
  }, 'all are delivered once more');
}

async function metric(name: string): Promise<number> {
  const metrics = await (await fetch(`${here.service.url}/metrics`)).text();
  const line = metrics.split('\n').find((candidate) => candidate.startsWith(name));
  return Number(line?.split(' ').at(-1));
}

async function foundEvents(): Promise<number> {
  const metrics = await (await fetch(`${here.service.url}/metrics`)).text();
  return [...metrics.matchAll(/^stripe_events_found_total\{[^}]*\} (\d+)$/gm)].reduce(
    (sum, [, n]) => sum + Number(n),
    0,
  );
}
