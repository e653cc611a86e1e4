import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { ProvisioningFailed } from '@latchkey/contracts';
import { ApplyOneStripeEvent } from '../src/stripe-inbox/apply-stripe-event.js';
import { EndOneSubscription } from '../src/subscription/end-one-subscription.js';
import { BillingWorld } from './billing-world.js';
import { Deaths } from './deaths.js';

let here: BillingWorld;
let deaths: Deaths;
beforeAll(async () => {
  here = await BillingWorld.start();
  deaths = new Deaths(here.service, [ApplyOneStripeEvent, EndOneSubscription]);
});
afterEach(async () => {
  await here.sim('DELETE', 'faults');
  await here.sim('POST', 'stripe/webhook-faults', {});
});
afterAll(() => here.stop());

const failed = { run_id: 'run_1', step: 'sample-documents', reason: 'pinecone' as const, attempts: 4 };
const price = 4_900;

test('a compensation that dies before or after any call of Stripe or any commit cancels once and refunds once', async () => {
  const tenants = Array.from({ length: 17 }, () => here.newTenant());
  await chargeAll(tenants);
  const [first = '', ...others] = tenants;
  const points = deaths.plan(await subscriptionOf(first)).passed;
  await here.world.publish(ProvisioningFailed, first, failed);
  await allCancelled([first]);
  // At least cancel, list, claim, look, refund and finish: each with a before and an after.
  expect(points.length).toBeGreaterThanOrEqual(12);
  expect(others.length).toBeGreaterThanOrEqual(points.length);
  const lives = await Promise.all(
    others.slice(0, points.length).map(async (tenant, index) => {
      const life = deaths.plan(await subscriptionOf(tenant), index + 1);
      return { tenant, life };
    }),
  );
  for (const { tenant } of lives) await here.world.publish(ProvisioningFailed, tenant, failed);
  await allCancelled(lives.map(({ tenant }) => tenant));
  await here.world.drain();
  expect(lives.map(({ life }) => life.died)).toEqual(points);
  for (const tenant of [first, ...lives.map((life) => life.tenant)]) await expectCompensatedOnce(tenant);

  // An operator's second try that fails as well, and a customer who pays on an old page: nothing is given back twice.
  const [again = ''] = others;
  await here.world.publish(ProvisioningFailed, again, failed);
  const late = await payAgain(again, { trial: false });
  await here.until(
    async () => (await here.effects('refund.created', again)).length === 2,
    'the late payment goes back',
  );
  await here.world.drain();
  expect(await chargesOf(again)).toEqual({ charged: 2 * price, refunded: 2 * price });
  expect((await here.facts(again)).filter(({ name }) => name === 'subscription-cancelled')).toHaveLength(1);
  expect(await endOf(late)).toEqual({ unwanted: true, ended: true });
});

test('a tenant who pays two pages at the same moment keeps one subscription, whatever dies: the other is cancelled and refunded in full', async () => {
  const tenants = Array.from({ length: 5 }, () => here.newTenant());
  await here.sim('POST', 'stripe/webhook-faults', { drop_probability: 1 });
  const lives = await Promise.all(
    tenants.map(async (tenant, index) => {
      await here.open(tenant);
      const sessions = await Promise.all([payAgain(tenant, { trial: false }), payAgain(tenant, { trial: false })]);
      // The tenant without a plan to die shows how many points there are.
      const events = sessions.map((id, n) =>
        here.stripeEvent('checkout.session.completed', { id }, `evt_${tenant}_${n}`),
      );
      return { tenant, events, deaths: events.map((event) => deaths.plan(String(event['id']), index || Infinity)) };
    }),
  );
  await Promise.all(lives.flatMap(({ events }) => events.map((event) => here.deliver(event))));
  await here.until(async () => {
    await here.hurry();
    const ended = await here.service.sql<{ n: number }>(
      'select count(*)::int as n from subscription where tenant_id = any($1) and unwanted and ended_at is not null',
      [tenants],
    );
    return ended[0]?.n === tenants.length;
  }, 'each tenant has one subscription less');
  await here.world.drain();
  const [untouched, ...dead] = lives;
  for (const life of dead.flatMap((each) => each.deaths)) expect(life.died).not.toBeNull();
  // Ask Stripe, commit: each with a before and an after.
  expect(new Set(untouched?.deaths.map(({ passed }) => passed.length))).toEqual(new Set([dead.length]));
  for (const { tenant } of lives) {
    expect(await here.effects('subscription.canceled', tenant)).toHaveLength(1);
    expect(await chargesOf(tenant)).toEqual({ charged: 2 * price, refunded: price });
    expect((await here.types(tenant)).sort()).toEqual(['charge-refunded', 'checkout-completed']);
    const subscriptions = await here.service.sql(
      `select unwanted, ended_at is not null as ended from subscription where tenant_id = $1 order by unwanted`,
      [tenant],
    );
    expect(subscriptions).toEqual([
      { unwanted: false, ended: false },
      { unwanted: true, ended: true },
    ]);
  }
});

test('the undoing of a duplicate that dies at any point cancels and refunds it once', async () => {
  const tenants = Array.from({ length: 17 }, () => here.newTenant());
  await Promise.all(tenants.map((tenant) => here.subscribe(tenant)));
  await here.sim('POST', 'stripe/webhook-faults', { drop_probability: 1 });
  const lives = await Promise.all(
    tenants.map(async (tenant, index) => {
      const session = await payAgain(tenant, { trial: false });
      const { subscription } = (await here.stripe('GET', `checkout/sessions/${session}`)) as { subscription: string };
      return { tenant, session, life: deaths.plan(subscription, index || Infinity) };
    }),
  );
  for (const { session } of lives) await here.deliver(here.stripeEvent('checkout.session.completed', { id: session }));
  await here.until(async () => {
    await here.hurry();
    const done = await Promise.all(lives.map(async ({ session }) => (await endOf(session))?.ended));
    return done.every(Boolean);
  }, 'every duplicate is undone');
  await here.world.drain();
  const [untouched, ...dead] = lives;
  const points = untouched?.life.passed ?? [];
  expect(points.length).toBeGreaterThanOrEqual(12);
  expect(dead.slice(0, points.length).map(({ life }) => life.died)).toEqual(points);
  for (const { tenant } of lives) {
    expect(await here.effects('subscription.canceled', tenant)).toHaveLength(1);
    expect(await chargesOf(tenant)).toEqual({ charged: price, refunded: price });
    expect((await here.types(tenant)).sort()).toEqual(['charge-refunded', 'checkout-completed']);
  }
});

test('a failure that Stripe has stored under the key, and an answer lost for longer than Stripe keeps keys, refund once', async () => {
  const [stored, lost] = [here.newTenant(), here.newTenant()];
  await chargeAll([stored, lost]);
  const intent = async (tenant: string) => `payment_intent=${await intentOf(tenant)}`;
  const refunds = { vendor: 'stripe', method: 'POST', path: '/v1/refunds' };
  await here.sim('POST', 'faults', {
    match: { ...refunds, tenant: await intent(stored), times: 1 },
    action: { type: 'status', status: 500, remembered: true },
  });
  await here.sim('POST', 'faults', {
    match: { ...refunds, tenant: await intent(lost), times: 2 },
    action: { type: 'reset-after-commit' },
  });
  for (const tenant of [stored, lost]) await here.world.publish(ProvisioningFailed, tenant, failed);
  await here.until(async () => (await here.effects('refund.created', lost)).length === 1, 'refunded, but not heard of');
  await here.until(async () => (await keyGenerationOf(stored)) === 2, 'the spent key is given up');
  await here.advance(25 * 3_600_000);
  await allCancelled([stored, lost]);
  await here.world.drain();
  for (const tenant of [stored, lost]) await expectCompensatedOnce(tenant);
});

async function expectCompensatedOnce(tenant: string): Promise<void> {
  expect(await here.effects('subscription.canceled', tenant)).toHaveLength(1);
  expect(await here.effects('refund.created', tenant)).toHaveLength(1);
  expect(await chargesOf(tenant)).toEqual({ charged: price, refunded: price });
  const told = (await here.facts(tenant)).filter(({ name }) => /refunded|cancelled/.test(name));
  expect(told).toMatchObject([
    { name: 'charge-refunded', data: { amount_cents: price, reason: 'provisioning_failed' } },
    { name: 'subscription-cancelled', data: { reason: 'provisioning_failed', refunded_cents: price } },
  ]);
}

/** Everybody subscribes, and the trial ends with a charge. */
async function chargeAll(tenants: string[]): Promise<void> {
  await Promise.all(tenants.map((tenant) => here.subscribe(tenant)));
  await here.advanceDays(14.5);
  await here.until(async () => {
    const paid = await here.service.sql(`select 1 from invoice where tenant_id = any($1) and state = 'paid'`, [
      tenants,
    ]);
    return paid.length === tenants.length;
  }, 'all are charged');
}

/** Pays on a page that another process opened for the tenant's checkout, without a trial: money moves at once. */
async function payAgain(tenant: string, { trial }: { trial: boolean }): Promise<string> {
  const [row] = await here.service.sql<{ id: string; customer: string }>(
    `select checkout.id, stripe_customer_id as customer from checkout join customer using (tenant_id)
     where tenant_id = $1`,
    [tenant],
  );
  const { data } = (await here.stripe('GET', 'prices?lookup_keys[0]=starter_monthly')) as { data: { id: string }[] };
  const session = (await here.stripe('POST', 'checkout/sessions', {
    mode: 'subscription',
    customer: row?.customer ?? '',
    success_url: 'http://127.0.0.1/done?session_id={CHECKOUT_SESSION_ID}',
    'line_items[0][price]': data[0]?.id ?? '',
    'metadata[tenant_id]': tenant,
    'metadata[checkout_id]': row?.id ?? '',
    'subscription_data[metadata][tenant_id]': tenant,
    ...(trial ? { 'subscription_data[trial_period_days]': '14' } : {}),
  })) as { url: string };
  return here.pay(session.url);
}

async function allCancelled(tenants: string[]): Promise<void> {
  await here.until(async () => {
    await here.hurry();
    const types = await Promise.all(tenants.map((tenant) => here.types(tenant)));
    return types.every((each) => each.includes('subscription-cancelled'));
  }, 'all are cancelled');
}

async function subscriptionOf(tenant: string): Promise<string> {
  const [row] = await here.service.sql<{ id: string }>('select id from subscription where tenant_id = $1', [tenant]);
  return row?.id ?? '';
}

async function endOf(session: string): Promise<{ unwanted: boolean; ended: boolean } | undefined> {
  const { subscription } = (await here.stripe('GET', `checkout/sessions/${session}`)) as { subscription: string };
  const [row] = await here.service.sql<{ unwanted: boolean; ended: boolean }>(
    'select unwanted, ended_at is not null as ended from subscription where id = $1',
    [subscription],
  );
  return row;
}

async function intentOf(tenant: string): Promise<string> {
  const [row] = await here.service.sql<{ id: string }>('select id from invoice where tenant_id = $1', [tenant]);
  const { data } = (await here.stripe('GET', `invoice_payments?invoice=${row?.id}`)) as {
    data: { payment: { payment_intent: string } }[];
  };
  return data[0]?.payment.payment_intent ?? '';
}

async function keyGenerationOf(tenant: string): Promise<number | undefined> {
  await here.hurry();
  const [row] = await here.service.sql<{ generation: number }>(
    'select key_generation as generation from refund where tenant_id = $1',
    [tenant],
  );
  return row?.generation;
}

async function chargesOf(tenant: string): Promise<{ charged: number; refunded: number }> {
  const sum = async (kind: string) =>
    (await here.effects(kind, tenant)).reduce((cents, effect) => cents + Number(effect.detail?.['cents']), 0);
  return { charged: await sum('charge.succeeded'), refunded: await sum('refund.created') };
}
