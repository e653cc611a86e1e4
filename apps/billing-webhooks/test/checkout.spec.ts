import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { ContactCards, TenantExpired, TenantSignedUp } from '@latchkey/contracts';
import { SweepCheckouts } from '../src/checkout/sweep-checkouts.js';
import { BillingWorld } from './billing-world.js';

let here: BillingWorld;
beforeAll(async () => {
  // Two attempts of it are longer than the asker waits, which the hanging Stripe below needs.
  here = await BillingWorld.start(async () => ({ STRIPE_TIMEOUT_MS: '1700' }));
});
afterEach(async () => void (await here.sim('DELETE', 'faults')));
afterAll(() => here.stop());

test('the migrated schema is what the entities say', async () => {
  expect(await here.service.schemaDrift()).toBe('');
});

test('twenty simultaneous asks to two replicas open one session for one customer', async () => {
  const replica = await BillingWorld.startService(here.world);
  const tenant = here.newTenant();
  const replies = await Promise.all(Array.from({ length: 20 }, () => here.open(tenant)));
  await here.world.stopService(replica);
  // On a busy machine some may be told "not yet"; nobody is told of another page.
  await here.until(async () => (await here.open(tenant)).state === 'open', 'open');
  const { checkout_url } = await here.open(tenant);
  expect(checkout_url).toContain('/c/pay/cs_');
  for (const reply of replies) expect([checkout_url, null]).toContain(reply.checkout_url);
  expect(await here.effects('customer.created', tenant)).toHaveLength(1);
  expect(await here.effects('session.created', tenant)).toHaveLength(1);
});

test('a process that died between Stripe’s answer and its own commit is repeated into the same session', async () => {
  const tenant = here.newTenant();
  const first = await here.open(tenant);
  await here.service.sql(
    `update checkout set state = 'opening', session_id = null, url = null, opening_until = now() where tenant_id = $1`,
    [tenant],
  );
  await here.service.sql('update customer set stripe_customer_id = null where tenant_id = $1', [tenant]);
  await here.advance(30_000);
  expect(await here.open(tenant)).toEqual(first);
  expect(await here.effects('customer.created', tenant)).toHaveLength(1);
  expect(await here.effects('session.created', tenant)).toHaveLength(1);
});

test('signup’s event and its question at the same moment make one checkout', async () => {
  const tenants = Array.from({ length: 10 }, () => here.newTenant());
  const signedUp = { plan: 'starter' as const, region: 'eu', terms_version: '1', verification_id: 'ver_1' };
  const replies = await Promise.all(
    tenants.flatMap((tenant) => [here.open(tenant), here.world.publish(TenantSignedUp, tenant, signedUp)]),
  );
  await here.world.drain();
  expect(replies.filter((reply) => typeof reply === 'object' && reply.state === 'open')).toHaveLength(10);
  const [rows] = await here.service.sql<{ n: number }>(
    'select count(*)::int as n from checkout where tenant_id = any($1)',
    [tenants],
  );
  expect(rows?.n).toBe(10);
});

test('an answer of Stripe that gets lost after the work was done does not open a second session or customer', async () => {
  const tenant = here.newTenant();
  for (const path of ['/v1/customers', '/v1/checkout/sessions'])
    await here.sim('POST', 'faults', {
      match: { vendor: 'stripe', method: 'POST', path, tenant, times: 2 },
      action: { type: 'reset-after-commit' },
    });
  // The SDK repeats once by itself; what is left the next asks repeat, under the same key.
  let reply = await here.open(tenant);
  for (let tries = 0; tries < 5 && reply.state !== 'open'; tries++) reply = await here.open(tenant);
  expect(reply.state).toBe('open');
  expect(await here.effects('customer.created', tenant)).toHaveLength(1);
  expect(await here.effects('session.created', tenant)).toHaveLength(1);
});

test('a Stripe that hangs makes the answer "opening" in time, and the link is there once it is back', async () => {
  const tenant = here.newTenant();
  const stop = here.answerContactCards();
  const faults = {
    match: { vendor: 'stripe', path: '/v1/checkout/sessions', tenant, times: 2 },
    action: { type: 'hang' },
  };
  await here.sim('POST', 'faults', faults);
  const startedAt = performance.now();
  expect(await here.open(tenant)).toEqual({ state: 'opening', checkout_url: null });
  expect(performance.now() - startedAt).toBeLessThan(4_000);
  // Nobody asks again: the job does it.
  await here.until(async () => (await sessionsOf(tenant)) === 1, 'the job opens the session');
  stop();
  expect((await here.open(tenant)).state).toBe('open');
  expect(await here.effects('customer.created', tenant)).toHaveLength(1);
});

test('a wish nobody asked about is opened by the sweep, and closed when signup knows no such tenant any more', async () => {
  const [wanted, gone] = [here.newTenant(), here.newTenant()];
  const signedUp = { plan: 'pro' as const, region: 'eu', terms_version: '1', verification_id: 'ver_1' };
  for (const tenant of [wanted, gone]) await here.world.publish(TenantSignedUp, tenant, signedUp);
  await here.world.drain();
  const stop = here.world.answer(ContactCards, ({ tenant_ids }) => ({
    cards: tenant_ids
      .filter((tenant_id) => tenant_id === wanted)
      .map((tenant_id) => ({
        tenant_id,
        email: `${tenant_id}@example.com`,
        company_name: 'Example',
        plan: 'pro' as const,
        status: 'pending_payment' as const,
        signed_up_at: here.world.clock.nowIso(),
        trial_ends_at: null,
      })),
  }));
  await here.advance(90_000);
  await here.service.get(SweepCheckouts).run();
  await here.until(async () => (await sessionsOf(wanted)) === 1, 'the sweep opens the wish');
  await here.until(async () => (await stateOf(gone)) === 'closed', 'the sweep closes the other');
  stop();
});

test('the success page before the webhook, the webhook before the success page: one checkout-completed', async () => {
  for (const webhookDelayMs of [0, 400]) {
    await here.sim('POST', 'stripe/webhook-faults', { delay_ms: webhookDelayMs });
    const tenant = here.newTenant();
    const session = await here.pay((await here.open(tenant)).checkout_url);
    if (webhookDelayMs === 0) await here.until(async () => (await stateOf(tenant)) === 'completed', 'webhook first');
    const replies = await Promise.all([here.confirm(session), here.confirm(session), here.confirm(session)]);
    for (const reply of replies) expect(reply).toEqual({ state: 'completed', tenant_id: tenant });
    await here.until(async () => (await appliedCheckouts(session)) === 1, 'the webhook is applied as well');
    await here.world.drain();
    expect(await here.types(tenant)).toEqual(['checkout-completed']);
  }
  await here.sim('POST', 'stripe/webhook-faults', {});
});

test('from the ask to the payment applied a tenant costs billing three commits, and one for each delivery', async () => {
  const before = await commitsByDoor();
  const tenant = here.newTenant();
  const session = await here.pay((await here.open(tenant)).checkout_url);
  await here.until(async () => (await appliedCheckouts(session)) === 1, 'applied');
  await here.world.drain();
  const after = await commitsByDoor();
  // The schedules' own commits are nobody's.
  const others = ['stripe-webhook', 'begin-stripe-walk', 'walk-stripe-list'];
  const spent = Object.keys(after).filter((door) => !others.includes(door) && after[door] !== before[door]);
  expect(spent.sort()).toEqual(['apply-stripe-event', 'checkout-opened', 'claim-checkout']);
  for (const door of spent) expect((after[door] ?? 0) - (before[door] ?? 0)).toBe(1);
});

test('a success page whose event is in the inbox waits for it, and leaves the asking of Stripe to the event’s job', async () => {
  const tenant = here.newTenant();
  const { checkout_url } = await here.open(tenant);
  await here.sim('POST', 'faults', {
    match: { vendor: 'stripe', path: '/v1/checkout/sessions/', method: 'GET', times: 1 },
    action: { type: 'latency', ms: 1_200 },
  });
  const before = (await commitsByDoor())['confirm-checkout'];
  const session = await here.pay(checkout_url);
  expect(await here.confirm(session)).toEqual({ state: 'completed', tenant_id: tenant });
  expect(await readsOf(session)).toBe(1);
  expect((await commitsByDoor())['confirm-checkout']).toBe(before);
});

test('an event that waits for too long in the inbox, or is given up, does not keep the success page from asking Stripe', async () => {
  const [late, dead] = [here.newTenant(), here.newTenant()];
  await here.sim('POST', 'stripe/webhook-faults', { drop_probability: 1 });
  const paid = async (tenant: string) => here.pay((await here.open(tenant)).checkout_url);
  const [lateSession, deadSession] = [await paid(late), await paid(dead)];
  await here.sim('POST', 'stripe/webhook-faults', {});
  await inInbox(lateSession, 'waiting');
  await inInbox(deadSession, 'dead');
  const waiting = here.confirm(lateSession);
  expect(await here.confirm(deadSession)).toEqual({ state: 'completed', tenant_id: dead });
  expect(await readsOf(lateSession)).toBe(0);
  await here.advance(11_000);
  expect(await waiting).toEqual({ state: 'completed', tenant_id: late });
  expect(await readsOf(lateSession)).toBe(1);
  await here.service.sql(`update stripe_event set state = 'ignored' where id like 'evt_by_hand%'`);
});

test('a success page with a session id that is not ours is answered without asking Stripe', async () => {
  await here.sim('DELETE', 'requests');
  for (const id of ['cs_test_unknown', '../customers', '']) expect((await here.confirm(id)).state).toBe('unknown');
  // The reconciler may look at the same moment; the success page would ask for a session.
  const { requests } = (await here.sim('GET', 'requests?vendor=stripe&path=/v1/checkout')) as { requests: unknown[] };
  expect(requests).toEqual([]);
});

test('a lost webhook is made good by the sweep', async () => {
  const tenant = here.newTenant();
  await here.sim('POST', 'stripe/webhook-faults', { drop_probability: 1 });
  await here.pay((await here.open(tenant)).checkout_url);
  await here.sim('POST', 'stripe/webhook-faults', {});
  await here.advance(150_000);
  await here.service.get(SweepCheckouts).run();
  await here.until(async () => (await here.types(tenant)).length > 0, 'the sweep finds the payment');
  expect(await here.types(tenant)).toEqual(['checkout-completed']);
});

test('an abandoned page expires once, and the tenant who comes back gets a new one', async () => {
  const tenant = here.newTenant();
  const first = await here.open(tenant);
  await here.advanceDays(1.01);
  await here.until(async () => (await here.types(tenant)).includes('checkout-expired'), 'expired');
  await here.service.get(SweepCheckouts).run();
  await here.world.drain();
  expect(await here.types(tenant)).toEqual(['checkout-expired']);
  const second = await here.open(tenant);
  expect(second.state).toBe('open');
  expect(second.checkout_url).not.toBe(first.checkout_url);
  expect(await here.effects('customer.created', tenant)).toHaveLength(1);
});

test('an ask for another plan that Stripe never heard of does not hide that the tenant was abandoned', async () => {
  const tenant = here.newTenant();
  await here.open(tenant, 'starter');
  await here.sim('POST', 'faults', {
    match: { vendor: 'stripe', path: '/v1/checkout/sessions', method: 'POST' },
    action: { type: 'status', status: 503 },
  });
  expect((await here.open(tenant, 'pro')).state).toBe('opening');
  await here.sim('DELETE', 'faults');
  await here.advanceDays(1.01);
  await here.until(async () => (await here.types(tenant)).includes('checkout-expired'), 'expired');
});

test('a session that a dead process left behind at Stripe does not end the tenant when it expires', async () => {
  const tenant = here.newTenant();
  const orphan = /cs_\w+/.exec((await here.open(tenant)).checkout_url ?? '')?.[0];
  await here.service.sql(
    `update checkout set state = 'opening', session_id = null, url = null, opening_until = null, key_generation = 2
     where tenant_id = $1`,
    [tenant],
  );
  const page = await here.open(tenant);
  await here.stripe('POST', `checkout/sessions/${orphan}/expire`, {});
  await here.until(async () => (await appliedCheckouts(orphan ?? '')) === 1, 'its end is heard');
  expect(await here.open(tenant)).toEqual(page);
  expect(page.checkout_url).not.toContain(orphan);
  expect(await here.types(tenant)).toEqual([]);
});

test('another plan closes the old page before it opens the new one, and that is no abandonment', async () => {
  const tenant = here.newTenant();
  const starter = await here.open(tenant, 'starter');
  const pro = await here.open(tenant, 'pro');
  expect(pro.checkout_url).not.toBe(starter.checkout_url);
  await expect(here.pay(starter.checkout_url)).rejects.toThrow('410');
  await here.pay(pro.checkout_url);
  await here.until(async () => (await here.types(tenant)).length > 0, 'completed');
  await here.world.drain();
  expect(await here.facts(tenant)).toEqual([
    {
      name: 'checkout-completed',
      data: expect.objectContaining({ plan: 'pro', payment_status: 'no_payment_required' }),
    },
  ]);
});

test('once the tenant has expired its page cannot be paid any more', async () => {
  const tenant = here.newTenant();
  const { checkout_url } = await here.open(tenant);
  await here.world.publish(TenantExpired, tenant, { reason: 'replaced' });
  await here.world.drain();
  await expect(here.pay(checkout_url)).rejects.toThrow('410');
  await here.world.drain();
  expect(await here.types(tenant)).toEqual([]);
});

test('a payment made while the page was being closed is undone', async () => {
  const tenant = here.newTenant();
  const { checkout_url } = await here.open(tenant);
  await here.sim('POST', 'faults', {
    match: { vendor: 'stripe', path: '/v1/checkout/sessions', method: 'POST', tenant: 'expire', times: 2 },
    action: { type: 'status', status: 503 },
  });
  await here.world.publish(TenantExpired, tenant, { reason: 'replaced' });
  await here.until(async () => (await stateOf(tenant)) === 'closed', 'closed with us, still open at Stripe');
  await here.pay(checkout_url);
  await here.until(async () => (await here.effects('subscription.canceled', tenant)).length === 1, 'undone');
  await here.world.drain();
  expect(await here.types(tenant)).toEqual([]);
});

test('a payment that was already told when its tenant was replaced is undone, and that is told too', async () => {
  const tenant = here.newTenant();
  const { checkout_url } = await here.open(tenant);
  await here.pay(checkout_url);
  await here.until(async () => (await stateOf(tenant)) === 'completed', 'paid');
  await here.world.publish(TenantExpired, tenant, { reason: 'replaced' });
  await here.until(async () => (await here.effects('subscription.canceled', tenant)).length === 1, 'undone');
  await here.world.drain();
  expect(await here.types(tenant)).toEqual(['checkout-completed', 'subscription-cancelled']);
});

async function stateOf(tenant: string): Promise<string | undefined> {
  const [row] = await here.service.sql<{ state: string }>(
    'select state from checkout where tenant_id = $1 order by generation desc limit 1',
    [tenant],
  );
  return row?.state;
}

async function sessionsOf(tenant: string): Promise<number> {
  return (await here.effects('session.created', tenant)).length;
}

async function appliedCheckouts(session: string): Promise<number> {
  const rows = await here.service.sql(
    `select 1 from stripe_event where facts->>'session_id' = $1 and state = 'applied'`,
    [session],
  );
  return rows.length;
}

/** How often Stripe was asked about a session. */
async function readsOf(session: string): Promise<number> {
  const path = `/v1/checkout/sessions/${session}`;
  const { requests } = (await here.sim('GET', `requests?vendor=stripe&path=${path}`)) as { requests: unknown[] };
  return requests.length;
}

/** An event about a session as the inbox holds it, without a job that would do something about it. */
async function inInbox(session: string, state: 'waiting' | 'dead'): Promise<void> {
  await here.service.sql(
    `insert into stripe_event (id, type, facts, state, happened_at, received_at)
     values ('evt_by_hand_' || $1, 'checkout.session.completed', $2, $3, $4, $4)`,
    [session, JSON.stringify({ kind: 'checkout', session_id: session }), state, here.world.clock.now()],
  );
}

async function commitsByDoor(): Promise<Record<string, number>> {
  const metrics = await (await fetch(`${here.service.url}/metrics`)).text();
  const lines = metrics.matchAll(/^door_commits_total\{service="billing-webhooks",door="([^"]+)"\} (\d+)$/gm);
  return Object.fromEntries([...lines].map(([, door, count]) => [door, Number(count)]));
}
