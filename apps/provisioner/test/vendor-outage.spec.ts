import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { ProvisioningProgress, TenantCleared } from '@latchkey/contracts';
import { newId } from '@latchkey/shared/ids';
import { Questions } from '@latchkey/shared/messaging';
import type { RunningService } from '@latchkey/shared/service';
import { cleared, startProvisionerWorld } from './provisioner-world.js';

let setting: Awaited<ReturnType<typeof startProvisionerWorld>>;
let service: RunningService;

beforeAll(async () => {
  setting = await startProvisionerWorld();
  // The pauses of production; the clock makes an hour short.
  service = await setting.start({ PROVISION_RETRY_DELAYS_SECONDS: '60,120,240' });
});
afterEach(() => setting.sim.clearFaults());
afterAll(() => setting.world.stop());

const numbered = { ...cleared, generation: 1 };
const upserts = async () =>
  (await setting.sim.requests('pinecone')).filter(({ path }) => path.startsWith('/vectors/upsert')).length;
const statesOf = async (tenants: string[]) =>
  service.sql<{ state: string; failures: number }>('select state, failures from run where tenant_id = any($1)', [
    tenants,
  ]);

async function pass(minutes: number, stepMinutes = 4): Promise<void> {
  for (let passed = 0; passed < minutes; passed += stepMinutes) {
    await setting.world.advance(stepMinutes * 60_000);
    await setting.world.drain();
  }
}

async function clearMany(count: number): Promise<string[]> {
  const tenants = Array.from({ length: count }, () => newId('tenant'));
  await Promise.all(tenants.map((tenant) => setting.world.publish(TenantCleared, tenant, { ...numbered })));
  await setting.world.drain();
  return tenants;
}

test('an hour without Pinecone costs few calls and no tenant: all are told the truth, and all are active when it is back', async () => {
  const before = await upserts();
  await setting.sim.fault({ vendor: 'pinecone' }, { type: 'status', status: 503 });
  const tenants = await clearMany(20);
  await pass(60);
  const { run } = await service.get(Questions).ask(ProvisioningProgress, { tenant_id: tenants[7]! });
  expect(run).toMatchObject({ state: 'retrying', waits_for: 'supplier_down' });
  // One call a minute tries; the burst at the beginning was under way already.
  expect((await upserts()) - before).toBeLessThan(100);
  const waiting = await statesOf(tenants);
  expect(waiting.every(({ state, failures }) => state === 'retrying' && failures <= 3)).toBe(true);
  await setting.sim.clearFaults();
  await pass(8);
  expect((await statesOf(tenants)).map(({ state }) => state)).toEqual(tenants.map(() => 'done'));
  for (const tenant of tenants.slice(0, 3))
    expect(await setting.world.eventTypes(tenant)).toEqual(
      expect.arrayContaining(['provisioner.tenant-provisioned.v1']),
    );
});

test('one tenant alone survives an outage too: the calls stop before its tries are used up', async () => {
  await setting.sim.fault({ vendor: 'pinecone' }, { type: 'status', status: 503 });
  const [tenant] = await clearMany(1);
  await pass(40);
  expect(await statesOf([tenant!])).toMatchObject([{ state: 'retrying' }]);
  await setting.sim.clearFaults();
  await pass(8);
  expect(await statesOf([tenant!])).toMatchObject([{ state: 'done' }]);
});

test('a key that Pinecone refuses is ours to mend: nobody’s tries are used, and hardly a call is made', async () => {
  const before = await upserts();
  await setting.sim.fault({ vendor: 'pinecone' }, { type: 'status', status: 401 });
  const tenants = await clearMany(5);
  await pass(20);
  const { run } = await service.get(Questions).ask(ProvisioningProgress, { tenant_id: tenants[0]! });
  expect(run).toMatchObject({ state: 'retrying', waits_for: 'our_account' });
  expect((await statesOf(tenants)).map(({ failures }) => failures)).toEqual([0, 0, 0, 0, 0]);
  expect((await upserts()) - before).toBeLessThan(30);
  await setting.sim.clearFaults();
  await pass(8);
  expect((await statesOf(tenants)).map(({ state }) => state)).toEqual(tenants.map(() => 'done'));
});

test('who has waited for a vendor as long as may be is taken back, once, as soon as that can be done', async () => {
  await setting.sim.fault({ vendor: 'pinecone' }, { type: 'status', status: 503 });
  const [tenant] = await clearMany(1);
  await pass(110, 10);
  expect(await statesOf([tenant!])).toMatchObject([{ state: 'undoing' }]);
  await setting.sim.clearFaults();
  await pass(8);
  expect(await statesOf([tenant!])).toMatchObject([{ state: 'failed' }]);
  const told = (await setting.world.eventTypes(tenant!)).filter((type) => type.startsWith('provisioner.'));
  expect(told).toEqual(['provisioner.provisioning-failed.v1']);
  expect(Object.keys(await setting.sim.namespaces())).not.toContain(tenant);
});
