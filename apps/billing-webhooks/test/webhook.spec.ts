import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { BillingWorld, cards } from './billing-world.js';

let here: BillingWorld;
beforeAll(async () => void (here = await BillingWorld.start()));
afterEach(async () => {
  await here.sim('DELETE', 'faults');
  await here.sim('POST', 'stripe/webhook-faults', {});
  await here.sim('POST', 'stripe/order', { order: 'a' });
});
afterAll(() => here.stop());

const storedEvents = async (id: unknown) => here.service.sql('select * from stripe_event where id = $1', [id]);
const countEvents = async () =>
  (await here.service.sql<{ n: number }>('select count(*)::int as n from stripe_event'))[0]?.n;

test('an unsigned, altered, foreign, old or future webhook gets 400 and leaves no row', async () => {
  const event = here.stripeEvent('checkout.session.completed', { id: 'cs_forged', object: 'checkout.session' });
  const nowMs = Date.now();
  const before = await countEvents();
  const refused = [
    await here.deliver(event, { signature: null }),
    await here.deliver(event, { signature: 't=1,v1=nonsense' }),
    await here.deliver(event, { secret: 'whsec_of_somebody_else' }),
    await here.deliver(event, { altered: JSON.stringify({ ...event, type: 'invoice.paid' }) }),
    await here.deliver(event, { atMs: nowMs - 330_000 }),
    await here.deliver(event, { atMs: nowMs + 330_000 }),
  ];
  for (const answer of refused) expect(answer).toEqual({ status: 400, code: 'webhook_signature_invalid' });
  expect(await countEvents()).toBe(before);
});

test('a signed body that is no snapshot event is refused, and nothing is written', async () => {
  const before = await countEvents();
  const thin = { id: 'evt_thin', object: 'v2.core.event', type: 'v1.billing.meter.no_meter_found' };
  expect(await here.deliver(thin)).toEqual({ status: 400, code: 'webhook_payload_invalid' });
  expect(await here.deliver('[]')).toEqual({ status: 400, code: 'webhook_payload_invalid' });
  expect(await here.deliver('{"id":')).toEqual({ status: 400, code: 'malformed_json' });
  expect(await countEvents()).toBe(before);
});

test('both secrets are good while one is being rotated', async () => {
  const event = here.stripeEvent('payment_method.attached', { id: 'pm_1' });
  expect(await here.deliver(event, { secret: 'whsec_the_one_before' })).toMatchObject({ status: 200 });
  expect(await storedEvents(event['id'])).toHaveLength(1);
});

test('events that change nothing are stored as ignored and start no job, the $0 invoice of a trial too', async () => {
  const free = here.stripeEvent('invoice.paid', {
    id: 'in_free',
    currency: 'usd',
    amount_paid: 0,
    parent: { subscription_details: { subscription: 'sub_1' } },
  });
  const other = here.stripeEvent('customer.tax_id.created', { id: 'txi_1' });
  for (const event of [free, other]) {
    expect(await here.deliver(event)).toMatchObject({ status: 200 });
    expect(await storedEvents(event['id'])).toMatchObject([{ state: 'ignored', facts: null }]);
  }
  await here.world.drain();
});

test('a delivery repeated a hundred times, also at once, has one effect', async () => {
  const tenant = here.newTenant();
  await here.sim('POST', 'stripe/webhook-faults', { drop_probability: 1 });
  const session = await here.pay((await here.open(tenant)).checkout_url);
  const event = here.stripeEvent('checkout.session.completed', { id: session, object: 'checkout.session' });
  const answers = await Promise.all(Array.from({ length: 100 }, () => here.deliver(event)));
  expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]));
  await here.world.drain();
  // The same fact under another event id, as a second endpoint would send it.
  await here.deliver(here.stripeEvent('checkout.session.completed', { id: session, object: 'checkout.session' }));
  await here.world.drain();
  expect(await storedEvents(event['id'])).toMatchObject([{ state: 'applied', outcome: 'completed' }]);
  expect(await here.types(tenant)).toEqual(['checkout-completed']);
});

test('either order Stripe was seen to use, doubled and shuffled, ends in the same state', async () => {
  const states: unknown[] = [];
  for (const order of ['a', 'b']) {
    await here.sim('POST', 'stripe/order', { order });
    await here.sim('POST', 'stripe/webhook-faults', { duplicate: 2, shuffle_window_ms: 300, seed: 7 });
    const tenant = here.newTenant();
    await here.subscribe(tenant);
    await new Promise((resolve) => setTimeout(resolve, 350));
    await here.world.drain();
    expect(await here.types(tenant)).toEqual(['checkout-completed']);
    states.push(await stateOf(tenant));
  }
  expect(states[0]).toEqual({
    checkout: 'completed',
    subscriptions: [{ status: 'trialing', unwanted: false, ended: false }],
  });
  expect(states[1]).toEqual(states[0]);
});

test('an event about a tenant we do not know is kept, tried again and applied once its cause is there', async () => {
  const tenant = here.newTenant();
  await here.sim('POST', 'stripe/webhook-faults', { drop_probability: 1 });
  const session = await here.pay((await here.open(tenant)).checkout_url);
  // The process died before it stored what Stripe opened: only our own id in the metadata leads back.
  await here.service.sql(`update checkout set session_id = null, url = null, state = 'opening' where tenant_id = $1`, [
    tenant,
  ]);
  await here.deliver(here.stripeEvent('checkout.session.completed', { id: session }));
  await here.world.drain();
  expect(await here.types(tenant)).toEqual(['checkout-completed']);

  const [row] = await here.service.sql<{ id: string }>('select id from subscription where tenant_id = $1', [tenant]);
  const early = here.stripeEvent('customer.subscription.updated', {
    id: 'sub_not_yet_known',
    cancellation_details: null,
  });
  await here.deliver(early);
  await here.until(async () => (await jobOf(early['id']))?.retry_count === 1, 'a second try');
  expect(await storedEvents(early['id'])).toMatchObject([{ state: 'waiting' }]);
  await here.service.sql(
    `update stripe_event set facts = jsonb_set(facts, '{subscription_id}', to_jsonb($2::text)) where id = $1`,
    [early['id'], row?.id],
  );
  await here.hurry();
  await here.until(async () => (await storedEvents(early['id']))[0]?.['state'] === 'applied', 'applied');
});

test('an event about a tenant we never hear of ends as dead with its reason, for an operator to see', async () => {
  const event = here.stripeEvent('customer.subscription.deleted', { id: 'sub_of_nobody', cancellation_details: null });
  await here.deliver(event);
  await here.until(async () => (await jobOf(event['id'])) !== undefined, 'the job');
  await here.service.sql(`update pgboss.job set retry_limit = 1 where data->>'event_id' = $1`, [event['id']]);
  await here.until(async () => {
    await here.hurry();
    return (await storedEvents(event['id']))[0]?.['state'] === 'dead';
  }, 'dead');
  const dead = await operator('/api/billing/stripe-events/dead');
  expect(dead.events).toContainEqual(
    expect.objectContaining({ event_id: event['id'], reason: expect.stringContaining('unknown_tenant') }),
  );
  const headers = { authorization: 'Bearer operator-token-of-the-tests', 'content-type': 'application/json' };
  const retry = (id: unknown, body: object = { reason: 'the cause is mended' }) =>
    fetch(`${here.service.url}/api/billing/stripe-events/${id}/retry`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
  expect((await retry(event['id'], {})).status).toBe(400);
  expect((await retry(event['id'])).status).toBe(202);
  expect((await retry('evt_unheard_of')).status).toBe(404);
  expect(
    await here.service.sql(`select action, target, reason from kit.operator_audit where action = 'retry-stripe-event'`),
  ).toEqual([{ action: 'retry-stripe-event', target: event['id'], reason: 'the cause is mended' }]);
});

test('trial end, payment, failed payment and their repetitions are told once each, as they stand at Stripe', async () => {
  const [payer, debtor] = [here.newTenant(), here.newTenant()];
  await here.subscribe(payer);
  await here.subscribe(debtor, cards.laterDeclined);
  await here.sim('POST', 'stripe/webhook-faults', { duplicate: 1 });
  await here.advanceDays(11.5);
  await here.until(async () => (await here.types(debtor)).includes('trial-ending'), 'trial-ending');
  await here.advanceDays(3);
  await here.until(async () => (await here.types(payer)).includes('invoice-paid'), 'invoice-paid');
  await here.until(async () => (await here.types(debtor)).includes('payment-failed'), 'payment-failed');
  await here.world.drain();
  const paid = await here.facts(payer);
  expect(paid.filter((fact) => fact.name === 'invoice-paid')).toMatchObject([
    { data: { amount_cents: 4_900, currency: 'usd' } },
  ]);
  expect(paid.filter((fact) => fact.name === 'trial-ending')).toHaveLength(1);
  expect(paid.filter((fact) => fact.name === 'subscription-changed')).toMatchObject([{ data: { status: 'active' } }]);
  const failed = await here.facts(debtor);
  expect(failed.filter((fact) => fact.name === 'payment-failed')).toMatchObject([{ data: { attempt: 1 } }]);
  expect(failed.findLast((fact) => fact.name === 'subscription-changed')).toMatchObject({
    data: { status: 'past_due' },
  });
});

test('no name, no address and no card reaches our database', async () => {
  const tenant = here.newTenant();
  await here.subscribe(tenant);
  await here.world.drain();
  const tables = ['customer', 'checkout', 'subscription', 'invoice', 'refund', 'stripe_event'];
  for (const table of tables) {
    const rows = await here.service.sql<{ row: string }>(`select t::text as row from ${table} t`);
    for (const { row } of rows) expect(row).not.toMatch(/@example\.com|A Stranger|4242/);
  }
});

test('the operator sees a tenant’s billing, others see nothing', async () => {
  const tenant = here.newTenant();
  await here.subscribe(tenant);
  const path = `/api/billing/tenants/${tenant}`;
  expect(await operator(path)).toMatchObject({
    tenant_id: tenant,
    subscriptions: [{ status: 'trialing', ended_at: null }],
  });
  expect((await fetch(`${here.service.url}${path}`)).status).toBe(401);
  expect(await operator('/api/billing/tenants/tenant_of_nobody')).toMatchObject({
    status: 404,
    code: 'unknown_tenant',
  });
});

async function operator(path: string): Promise<{ events?: unknown[] } & Record<string, unknown>> {
  const headers = { authorization: 'Bearer operator-token-of-the-tests' };
  return (await (await fetch(`${here.service.url}${path}`, { headers })).json()) as Record<string, unknown>;
}

async function jobOf(eventId: unknown): Promise<{ retry_count: number } | undefined> {
  const rows = await here.service.sql<{ retry_count: number }>(
    `select retry_count from pgboss.job where data->>'event_id' = $1`,
    [eventId],
  );
  return rows[0];
}

async function stateOf(tenant: string): Promise<unknown> {
  const [checkout] = await here.service.sql<{ state: string }>('select state from checkout where tenant_id = $1', [
    tenant,
  ]);
  const subscriptions = await here.service.sql(
    'select status, unwanted, ended_at is not null as ended from subscription where tenant_id = $1',
    [tenant],
  );
  return { checkout: checkout?.state, subscriptions };
}
