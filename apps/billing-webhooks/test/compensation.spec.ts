import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { ErasureRequested, KeepSubscription, ProvisioningAbandoned, ProvisioningFailed } from '@latchkey/contracts';
import { Questions } from '@latchkey/shared/messaging';
import { WatchCompensations } from '../src/subscription/watch-compensations.js';
import { BillingWorld } from './billing-world.js';

let here: BillingWorld;
beforeAll(async () => void (here = await BillingWorld.start()));
afterEach(async () => {
  await here.sim('DELETE', 'faults');
  await here.sim('POST', 'stripe/webhook-faults', {});
});
afterAll(() => here.stop());

const failed = { run_id: 'run_1', step: 'sample-documents', reason: 'pinecone' as const, attempts: 4 };
const provisioningFails = (tenant: string) => here.world.publish(ProvisioningFailed, tenant, failed);
const isCancelled = async (tenant: string) => (await here.types(tenant)).includes('subscription-cancelled');

test('a failed provisioning during the trial cancels the subscription, and nothing is refunded', async () => {
  const tenant = here.newTenant();
  await here.subscribe(tenant);
  const id = await provisioningFails(tenant);
  await here.until(() => isCancelled(tenant), 'cancelled');
  await here.world.publish(ProvisioningFailed, tenant, failed, id);
  await here.world.drain();
  expect(await here.facts(tenant)).toEqual([
    expect.objectContaining({ name: 'checkout-completed' }),
    { name: 'subscription-cancelled', data: { reason: 'provisioning_failed', refunded_cents: 0 } },
  ]);
  expect(await here.effects('subscription.canceled', tenant)).toHaveLength(1);
  expect(await here.effects('refund.created', tenant)).toHaveLength(0);
});

test('when money has moved it goes back once, although Stripe’s answers get lost on the way', async () => {
  const tenant = here.newTenant();
  await here.subscribe(tenant);
  await here.advanceDays(14.5);
  await here.until(async () => (await here.types(tenant)).includes('invoice-paid'), 'paid');
  for (const [method, path] of [
    ['DELETE', '/v1/subscriptions'],
    ['POST', '/v1/refunds'],
  ])
    await here.sim('POST', 'faults', {
      match: { vendor: 'stripe', method, path, times: 3 },
      action: { type: 'reset-after-commit' },
    });
  await provisioningFails(tenant);
  await provisioningFails(tenant);
  await here.until(async () => {
    await here.hurry();
    return isCancelled(tenant);
  }, 'cancelled');
  await here.world.drain();
  const facts = await here.facts(tenant);
  expect(facts.filter((fact) => fact.name === 'charge-refunded')).toMatchObject([
    { data: { amount_cents: 4_900, currency: 'usd', reason: 'provisioning_failed' } },
  ]);
  expect(facts.filter((fact) => fact.name === 'subscription-cancelled')).toEqual([
    { name: 'subscription-cancelled', data: { reason: 'provisioning_failed', refunded_cents: 4_900 } },
  ]);
  expect(await here.effects('refund.created', tenant)).toHaveLength(1);
  expect(await here.effects('subscription.canceled', tenant)).toHaveLength(1);
});

test('what a person gave back at Stripe’s own page is told, and the compensation gives back the rest', async () => {
  const tenant = here.newTenant();
  await here.subscribe(tenant);
  await here.advanceDays(14.5);
  await here.until(async () => (await here.types(tenant)).includes('invoice-paid'), 'paid');
  const [row] = await here.service.sql<{ id: string }>('select id from invoice where tenant_id = $1', [tenant]);
  const payments = (await here.stripe('GET', `invoice_payments?invoice=${row?.id}`)) as {
    data: { payment: { payment_intent: string } }[];
  };
  const intent = payments.data[0]?.payment.payment_intent ?? '';
  for (const amount of ['1000', '500']) await here.stripe('POST', 'refunds', { payment_intent: intent, amount });
  // Whichever delivery is applied first: what is told adds up.
  await here.until(async () => (await refundedOf(tenant)) === 1_500, 'both parts are told');
  await provisioningFails(tenant);
  await here.until(() => isCancelled(tenant), 'cancelled');
  await here.until(async () => (await refundedOf(tenant)) >= 4_900, 'the rest is told');
  await here.world.drain();
  expect(await refundedOf(tenant)).toBe(4_900);
});

test('a Stripe that refuses for long does not end the compensation, and the waiting is visible', async () => {
  const tenant = here.newTenant();
  await here.subscribe(tenant);
  await here.sim('POST', 'faults', {
    match: { vendor: 'stripe', method: 'DELETE', path: '/v1/subscriptions' },
    action: { type: 'status', status: 401 },
  });
  await provisioningFails(tenant);
  await here.until(async () => {
    await here.hurry();
    return (await attemptsOf(tenant)) >= 3;
  }, 'several tries');
  await here.service.get(WatchCompensations).run();
  const metrics = await (await fetch(`${here.service.url}/metrics`)).text();
  expect(metrics).toMatch(/billing_compensations_pending(\{[^}]*\})? 1/);
  await here.sim('DELETE', 'faults');
  await here.until(async () => {
    await here.hurry();
    return isCancelled(tenant);
  }, 'cancelled');
});

test('a compensation whose job was lost is started again', async () => {
  const tenant = here.newTenant();
  await here.subscribe(tenant);
  await here.service.sql(
    `update subscription set end_wanted = 'provisioning_failed', end_wanted_at = $2 where tenant_id = $1`,
    [tenant, new Date(here.world.clock.nowMs() - 3_600_000)],
  );
  await here.service.get(WatchCompensations).run();
  await here.until(() => isCancelled(tenant), 'cancelled');
});

test('a payment of a subscription that has ended, claimed for its refund by a process that then died, goes back', async () => {
  const tenant = here.newTenant();
  await here.subscribe(tenant);
  await here.advanceDays(14.5);
  await here.until(async () => (await here.types(tenant)).includes('invoice-paid'), 'paid');
  const [row] = await here.service.sql<{ id: string; subscription_id: string }>(
    'select id, subscription_id from invoice where tenant_id = $1',
    [tenant],
  );
  const { data } = (await here.stripe('GET', `invoice_payments?invoice=${row?.id}`)) as {
    data: { payment: { payment_intent: string } }[];
  };
  const longAgo = new Date(here.world.clock.nowMs() - 3_600_000);
  await here.service.sql(
    `update subscription set end_wanted = 'provisioning_failed', end_wanted_at = $2, ended_at = $2, end_reason = 'provisioning_failed'
     where tenant_id = $1`,
    [tenant, longAgo],
  );
  await here.service.sql(
    `insert into refund (id, tenant_id, subscription_id, reason, amount_cents, currency, key_generation, wanted_at)
     values ($1, $2, $3, 'provisioning_failed', 4900, 'usd', 1, $4)`,
    [data[0]?.payment.payment_intent, tenant, row?.subscription_id, longAgo],
  );
  await here.service.get(WatchCompensations).run();
  await here.until(async () => (await refundedOf(tenant)) === 4_900, 'it is back, and told');
  expect(await here.effects('refund.created', tenant)).toHaveLength(1);
});

test('a second paid subscription of a tenant is cancelled, and the tenant keeps the first', async () => {
  const tenant = here.newTenant();
  const first = await here.open(tenant);
  // How it happened at others (FEATURES lesson 6): a second page is opened while the first can still be paid.
  await here.service.sql(`update checkout set state = 'expired' where tenant_id = $1`, [tenant]);
  const second = await here.open(tenant);
  await here.pay(second.checkout_url);
  await here.until(async () => (await here.types(tenant)).length === 1, 'the second page is paid');
  const session = await here.pay(first.checkout_url);
  await here.until(
    async () => (await here.effects('subscription.canceled', tenant)).length === 1,
    'what the first page brought is cancelled',
  );
  await here.world.drain();
  expect(await here.confirm(session)).toEqual({ state: 'completed', tenant_id: tenant });
  expect(await here.open(tenant)).toEqual({ state: 'completed', checkout_url: null });
  expect(await here.types(tenant)).toEqual(['checkout-completed']);
  const subscriptions = await here.service.sql(
    'select unwanted, ended_at is not null as ended from subscription where tenant_id = $1 order by unwanted',
    [tenant],
  );
  expect(subscriptions).toEqual([
    { unwanted: false, ended: false },
    { unwanted: true, ended: true },
  ]);
});

test('a customer who cancels at Stripe is told as such, whatever repeats', async () => {
  const tenant = here.newTenant();
  await here.subscribe(tenant);
  const [row] = await here.service.sql<{ id: string }>('select id from subscription where tenant_id = $1', [tenant]);
  await here.sim('POST', 'stripe/webhook-faults', { duplicate: 2 });
  await here.stripe('DELETE', `subscriptions/${row?.id}`);
  await here.until(() => isCancelled(tenant), 'cancelled');
  await here.world.drain();
  expect((await here.facts(tenant)).filter((fact) => fact.name === 'subscription-cancelled')).toEqual([
    { name: 'subscription-cancelled', data: { reason: 'customer', refunded_cents: 0 } },
  ]);
});

test('erasure ends the subscription and deletes Stripe’s copy of the person; afterwards nothing opens any more', async () => {
  const [paying, looking] = [here.newTenant(), here.newTenant()];
  await here.subscribe(paying);
  const { checkout_url } = await here.open(looking);
  for (const tenant of [paying, looking])
    await here.world.publish(ErasureRequested, tenant, { requested_at: here.world.clock.nowIso() });
  for (const tenant of [paying, looking])
    await here.until(async () => {
      // What it waits for takes milliseconds here.
      await here.service.sql(
        `update pgboss.job set start_after = now() where name = 'erase-stripe-customer' and state = 'created'`,
      );
      return (await here.effects('customer.deleted', tenant)).length === 1;
    }, 'deleted at Stripe');
  await here.world.drain();
  expect((await here.facts(paying)).at(-1)).toEqual({
    name: 'subscription-cancelled',
    data: { reason: 'erasure', refunded_cents: 0 },
  });
  // Waiting for the subscription's end is no failure: nobody is called for it.
  const failed = await here.service.sql(
    `select state from pgboss.job where name = 'erase-stripe-customer' and (retry_count > 0 or output is not null)`,
  );
  expect(failed).toEqual([]);
  await expect(here.pay(checkout_url)).rejects.toThrow();
  for (const tenant of [paying, looking])
    expect(await here.open(tenant)).toEqual({ state: 'closed', checkout_url: null });
});

async function refundedOf(tenant: string): Promise<number> {
  const refunds = (await here.facts(tenant)).filter((fact) => fact.name === 'charge-refunded');
  return refunds.reduce((sum, fact) => sum + Number(fact.data['amount_cents']), 0);
}

async function attemptsOf(tenant: string): Promise<number> {
  const rows = await here.service.sql<{ tries: number }>(
    `select max(retry_count)::int as tries from pgboss.job j join subscription s on j.data->>'subscription_id' = s.id where s.tenant_id = $1`,
    [tenant],
  );
  return rows[0]?.tries ?? 0;
}

const keeps = async (tenant: string) =>
  (await here.service.get(Questions).ask(KeepSubscription, { tenant_id: tenant, generation: 1 })).kept;

test('signup’s decision compensates like the provisioner’s, and both together once', async () => {
  const tenant = here.newTenant();
  await here.subscribe(tenant);
  await here.world.publish(ProvisioningAbandoned, tenant, { generation: 1, because: 'deadline' });
  await here.until(() => isCancelled(tenant), 'cancelled');
  await here.world.publish(ProvisioningFailed, tenant, { ...failed, generation: 1 });
  await here.world.drain();
  expect((await here.types(tenant)).filter((type) => type === 'subscription-cancelled')).toHaveLength(1);
  expect(await here.effects('subscription.canceled', tenant)).toHaveLength(1);
});

test('a subscription that was promised to an operator’s retry survives the old failure told late, not a new one', async () => {
  const tenant = here.newTenant();
  await here.subscribe(tenant);
  expect(await keeps(tenant)).toBe(true);
  await here.world.publish(ProvisioningFailed, tenant, { ...failed, generation: 1 });
  await here.world.drain();
  expect(await isCancelled(tenant)).toBe(false);
  await here.world.publish(ProvisioningFailed, tenant, { ...failed, generation: 2 });
  await here.until(() => isCancelled(tenant), 'cancelled');
});

test('once the end is begun at Stripe nothing is promised any more, even if no answer has come', async () => {
  const tenant = here.newTenant();
  await here.subscribe(tenant);
  await here.sim('POST', 'faults', {
    match: { vendor: 'stripe', method: 'DELETE', path: '/v1/subscriptions', times: 2 },
    action: { type: 'reset-after-commit' },
  });
  await provisioningFails(tenant);
  await here.until(
    async () =>
      (await here.service.sql('select 1 from subscription where tenant_id = $1 and end_begun_at is not null', [tenant]))
        .length > 0,
    'begun',
  );
  expect(await keeps(tenant)).toBe(false);
  await here.until(async () => {
    await here.hurry();
    return isCancelled(tenant);
  }, 'cancelled');
  expect(await keeps(tenant)).toBe(false);
});

test('a person whom Stripe knows although its answer was lost is forgotten there too', async () => {
  const tenant = here.newTenant();
  await here.sim('POST', 'faults', {
    match: { vendor: 'stripe', method: 'POST', path: '/v1/customers' },
    action: { type: 'reset-after-commit' },
  });
  expect(await here.open(tenant)).toMatchObject({ state: 'opening' });
  expect(await here.effects('customer.created', tenant)).toHaveLength(1);
  await here.world.publish(ErasureRequested, tenant, { requested_at: here.world.clock.nowIso() });
  await here.world.drain();
  await here.sim('DELETE', 'faults');
  await here.until(async () => {
    await here.service.sql(
      `update pgboss.job set start_after = now() where name = 'erase-stripe-customer' and state = 'created'`,
    );
    return (await here.effects('customer.deleted', tenant)).length === 1;
  }, 'deleted at Stripe');
});

test('who asked to be erased during the trial gets back what was charged because Stripe was away', async () => {
  const tenant = here.newTenant();
  await here.subscribe(tenant);
  await here.advanceDays(13);
  const away = { match: { vendor: 'stripe', method: 'DELETE' }, action: { type: 'status', status: 503 } };
  await here.sim('POST', 'faults', away);
  await here.world.publish(ErasureRequested, tenant, { requested_at: here.world.clock.nowIso() });
  await here.world.drain();
  await here.advanceDays(1.1);
  expect(await here.effects('charge.succeeded', tenant)).toHaveLength(1);
  await here.sim('DELETE', 'faults');
  await here.until(async () => {
    await here.service.sql(
      `update pgboss.job set start_after = now() where state in ('created', 'retry') and name in ('end-subscription', 'erase-stripe-customer')`,
    );
    return (await here.effects('customer.deleted', tenant)).length === 1;
  }, 'deleted at Stripe');
  await here.settled();
  expect(await here.effects('refund.created', tenant)).toMatchObject([{ detail: { cents: 4_900 } }]);
  expect((await here.facts(tenant)).filter(({ name }) => name === 'charge-refunded')).toHaveLength(1);
});
