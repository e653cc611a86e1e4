import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ProvisioningFailed } from '@latchkey/contracts';
import { BillingWorld } from './billing-world.js';

let here: BillingWorld;
beforeAll(async () => void (here = await BillingWorld.start()));
afterAll(() => here.stop());

const strangers = 12;

test('with a fifth of Stripe’s answers spoiled and webhooks lost, doubled and shuffled, everybody is served once', async () => {
  here.answerContactCards();
  const actions = [
    { type: 'status', status: 429 },
    { type: 'status', status: 500 },
    { type: 'reset-before' },
    { type: 'reset-after-commit' },
  ];
  for (const [index, action] of actions.entries())
    await here.sim('POST', 'faults', {
      match: { vendor: 'stripe', path: '/v1', probability: 0.05, seed: index + 1 },
      action,
    });
  await here.sim('POST', 'stripe/webhook-faults', {
    duplicate: 1,
    shuffle_window_ms: 200,
    drop_probability: 0.1,
    seed: 3,
  });

  const tenants = Array.from({ length: strangers }, () => here.newTenant());
  const unlucky = tenants.slice(0, strangers / 3);
  await Promise.all(tenants.map((tenant) => onboard(tenant)));
  for (const tenant of unlucky)
    await here.world.publish(ProvisioningFailed, tenant, {
      run_id: 'run_1',
      step: 'x',
      reason: 'pinecone',
      attempts: 4,
    });
  await here.until(async () => {
    await here.hurry();
    const ended = await Promise.all(unlucky.map((tenant) => here.types(tenant)));
    return ended.every((types) => types.includes('subscription-cancelled'));
  }, 'all compensated');
  await here.sim('DELETE', 'faults');
  await here.world.drain();

  for (const tenant of tenants) {
    const once = { customer: 1, subscription: 1, cancelled: unlucky.includes(tenant) ? 1 : 0 };
    const [customer, subscription, cancelled] = await Promise.all(
      ['customer.created', 'subscription.created', 'subscription.canceled'].map((kind) => here.effects(kind, tenant)),
    );
    expect({ customer: customer?.length, subscription: subscription?.length, cancelled: cancelled?.length }).toEqual(
      once,
    );
    const told = ['checkout-completed', ...(once.cancelled === 1 ? ['subscription-cancelled'] : [])];
    expect(await here.types(tenant)).toEqual(told);
  }
}, 60_000);

/** Asks until there is a page, pays on it, and comes back to the success page until it is known to be paid. */
async function onboard(tenant: string): Promise<void> {
  let reply = await here.open(tenant);
  await here.until(async () => {
    if (reply.state === 'opening') reply = await here.open(tenant);
    return reply.state === 'open';
  }, 'a page');
  const session = await here.pay(reply.checkout_url);
  await here.until(async () => (await here.confirm(session)).state === 'completed', 'paid');
}
