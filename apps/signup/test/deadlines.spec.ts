import {
  AbandonProvisioning,
  CheckoutCompleted,
  KeepSubscription,
  ProvisioningFailed,
  ProvisioningProgress,
  ReopenProvisioning,
  SubscriptionCancelled,
  TenantProvisioned,
} from '@latchkey/contracts';
import { Questions } from '@latchkey/shared/messaging';
import { Door } from '@latchkey/shared/persistence';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { metricsText } from '@latchkey/shared/observability';
import { WatchPaidTenants } from '../src/tenants/watch-paid-tenants.js';
import { SignupWorld } from './support/signup-world.js';

let at: SignupWorld;

beforeAll(async () => {
  at = await SignupWorld.start();
});
afterAll(() => at.world.stop());

const provisioned = { ...TenantProvisioned.example, generation: 1 };
const failed = { ...ProvisioningFailed.example, generation: 1 };
const refunded = { reason: 'provisioning_failed' as const, refunded_cents: 4_900 };

async function paidTenant(verified = true): Promise<string> {
  const tenantId = await at.signUp();
  if (verified) await at.verify(tenantId);
  await at.world.publish(CheckoutCompleted, tenantId, {
    ...CheckoutCompleted.example,
    completed_at: at.world.clock.nowIso(),
  });
  await at.world.drain();
  return tenantId;
}
const watch = async () => {
  await at.service.get(Door).commit('spec', () => at.service.get(WatchPaidTenants).run());
  await at.world.drain();
};
const state = async (tenantId: string) => (await at.get(`/api/onboarding/tenants/${tenantId}`)).body;
const told = async (tenantId: string, type: string) =>
  (await at.world.events(tenantId)).filter((event) => event.type === `signup.${type}.v1`);
const minutes = (count: number) => at.world.advance(count * 60_000);

describe('with the provisioner down', () => {
  test('a paid tenant is told of, then given up, each once; and what the provisioner says later changes nothing', async () => {
    const tenantId = await paidTenant();
    await watch();
    expect(await told(tenantId, 'provisioning-delayed')).toEqual([]);
    await minutes(11);
    await watch();
    await watch();
    expect(await told(tenantId, 'provisioning-delayed')).toMatchObject([{ data: { generation: 1 } }]);
    const waiting = await state(tenantId);
    expect(waiting).toMatchObject({ status: 'provisioning', next: 'wait', gives_up_at: expect.any(String) });
    expect(waiting['message']).toMatch(/not answering/);
    expect(await metricsText()).toMatch(/onboarding_paid_unresolved_oldest_seconds\{waits_for="provisioning"\} 6\d\d/);
    await minutes(120);
    await watch();
    await watch();
    expect(await told(tenantId, 'provisioning-abandoned')).toMatchObject([
      { data: { generation: 1, because: 'deadline' } },
    ]);
    await at.world.publish(TenantProvisioned, tenantId, provisioned);
    await at.world.publish(ProvisioningFailed, tenantId, failed);
    await at.world.drain();
    expect(await state(tenantId)).toMatchObject({ status: 'provisioning_failed', compensated: false });
    await at.world.publish(SubscriptionCancelled, tenantId, refunded);
    await at.world.publish(TenantProvisioned, tenantId, provisioned);
    await at.world.drain();
    expect(await state(tenantId)).toMatchObject({ status: 'provisioning_failed', compensated: true });
  });

  test('who became active in time is left alone', async () => {
    const tenantId = await paidTenant();
    await at.world.publish(TenantProvisioned, tenantId, provisioned);
    await at.world.drain();
    await minutes(200);
    await watch();
    expect((await state(tenantId))['status']).toBe('active');
    expect(await told(tenantId, 'provisioning-abandoned')).toEqual([]);
  });
});

test('who paid and never typed the code is ended before the trial is, and told of', async () => {
  const tenantId = await paidTenant(false);
  await minutes(8 * 24 * 60);
  await watch();
  expect(await told(tenantId, 'provisioning-abandoned')).toMatchObject([{ data: { because: 'not_verified' } }]);
  expect((await state(tenantId))['status']).toBe('provisioning_failed');
});

test('money that does not come back is asked for again, and only until it does', async () => {
  const tenantId = await paidTenant();
  await at.world.publish(ProvisioningFailed, tenantId, failed);
  await at.world.drain();
  await minutes(61);
  await watch();
  await watch();
  expect(await told(tenantId, 'provisioning-abandoned')).toMatchObject([
    { data: { generation: 2, because: 'not_compensated' } },
  ]);
  await at.world.publish(SubscriptionCancelled, tenantId, refunded);
  await at.world.drain();
  await minutes(120);
  await watch();
  expect(await told(tenantId, 'provisioning-abandoned')).toHaveLength(1);
});

describe('nobody is both active and refunded', () => {
  const facts = {
    provisioned: (tenantId: string) => at.world.publish(TenantProvisioned, tenantId, provisioned),
    failed: (tenantId: string) => at.world.publish(ProvisioningFailed, tenantId, failed),
    refunded: (tenantId: string) => at.world.publish(SubscriptionCancelled, tenantId, refunded),
    abandoned: (tenantId: string) => at.service.get(Questions).ask(AbandonProvisioning, { tenant_id: tenantId }),
  };
  const names = Object.keys(facts) as (keyof typeof facts)[];

  test('in whatever order the facts come', async () => {
    const orders = permutations(names);
    const tenants = new Map<string, (typeof orders)[number]>();
    for (const order of orders) tenants.set(await paidTenant(), order);
    for (let place = 0; place < names.length; place++) {
      for (const [tenantId, order] of tenants) await facts[order[place]!](tenantId);
      await at.world.drain();
    }
    const rows = await at.service.sql<{ status: string; compensated: boolean }>(
      'select status, compensated_at is not null as compensated from tenant where id = any($1)',
      [[...tenants.keys()]],
    );
    expect(rows).toHaveLength(24);
    expect(rows.filter(({ status, compensated }) => status === 'active' || !compensated)).toEqual([]);
  });
});

describe('an operator', () => {
  const ask = (question: typeof ReopenProvisioning | typeof AbandonProvisioning, tenantId: string) =>
    at.service.get(Questions).ask(question as typeof ReopenProvisioning, { tenant_id: tenantId });

  async function failedTenant(): Promise<string> {
    const tenantId = await paidTenant();
    await at.world.publish(ProvisioningFailed, tenantId, failed);
    await at.world.drain();
    return tenantId;
  }

  test('has a failed tenant tried again when billing keeps the subscription; the old failure told again is stale', async () => {
    const tenantId = await failedTenant();
    const stop = await at.play(KeepSubscription, () => ({ kept: true }));
    expect(await ask(ReopenProvisioning, tenantId)).toEqual({ outcome: 'reopened', status: 'provisioning' });
    stop();
    await at.world.drain();
    expect(await told(tenantId, 'tenant-cleared')).toMatchObject([
      { data: { generation: 1 } },
      { data: { generation: 2 } },
    ]);
    await at.world.publish(ProvisioningFailed, tenantId, failed);
    await at.world.publish(TenantProvisioned, tenantId, provisioned);
    await at.world.drain();
    expect((await state(tenantId))['status']).toBe('provisioning');
    await at.world.publish(TenantProvisioned, tenantId, { ...provisioned, generation: 2 });
    await at.world.drain();
    expect((await state(tenantId))['status']).toBe('active');
  });

  test('cannot when the money goes back, or when billing does not say', async () => {
    const tenantId = await failedTenant();
    expect(await ask(ReopenProvisioning, tenantId)).toMatchObject({ outcome: 'billing_silent' });
    const stop = await at.play(KeepSubscription, () => ({ kept: false }));
    expect(await ask(ReopenProvisioning, tenantId)).toMatchObject({ outcome: 'money_goes_back' });
    stop();
    expect((await state(tenantId))['status']).toBe('provisioning_failed');
  });

  test('gives up a waiting tenant once, and never an active one', async () => {
    const tenantId = await paidTenant();
    expect(await ask(AbandonProvisioning, tenantId)).toMatchObject({ outcome: 'abandoned' });
    expect(await ask(AbandonProvisioning, tenantId)).toMatchObject({ outcome: 'already' });
    const active = await paidTenant();
    await at.world.publish(TenantProvisioned, active, provisioned);
    await at.world.drain();
    expect(await ask(AbandonProvisioning, active)).toEqual({ outcome: 'not_possible', status: 'active' });
    expect(await ask(AbandonProvisioning, 'tenant_nobody')).toEqual({ outcome: 'not_possible', status: null });
  });
});

test('a supplier that is down is named as the cause, with the end of the waiting', async () => {
  const tenantId = await paidTenant();
  await minutes(3);
  const times = { started_at: at.world.clock.nowIso(), finished_at: null };
  const stop = await at.play(ProvisioningProgress, () => ({
    run: {
      run_id: 'run_1',
      state: 'retrying' as const,
      waits_for: 'supplier_down' as const,
      next_attempt_at: at.world.clock.nowIso(),
      steps: [],
      ...times,
    },
  }));
  const status = await state(tenantId);
  stop();
  expect(status).toMatchObject({ progress: { waits_for: 'supplier_down' }, gives_up_at: expect.any(String) });
  expect(status['message']).toMatch(/supplier.*not working.*mail you.*UTC.*write to us/s);
});

function permutations<T>(items: T[]): T[][] {
  if (items.length < 2) return [items];
  return items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));
}
