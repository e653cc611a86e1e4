import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { newId } from '@latchkey/shared/ids';
import { enqueue } from '@latchkey/shared/jobs';
import { FillPool, fillPoolKey } from '../src/pool/jobs.js';
import { clear, operator, startProvisionerWorld } from './provisioner-world.js';

let setting: Awaited<ReturnType<typeof startProvisionerWorld>>;

beforeAll(async () => {
  setting = await startProvisionerWorld({ SANDBOX_LATENCY_MS: 'pinecone=20' });
});
afterEach(async () => {
  await setting.sim.clearFaults();
  for (const service of [...setting.world.services]) await setting.world.stopService(service);
});
afterAll(() => setting.world.stop());

test('three replicas at once run every step of every tenant exactly once', async () => {
  const replicas = [await setting.start(), await setting.start(), await setting.start()];
  setting.workspace.opened.length = 0;
  const before = (await upserts()).length;
  const tenants = await Promise.all(Array.from({ length: 30 }, () => clear(setting.world)));
  await setting.world.drain();
  expect((await upserts()).length - before).toBe(30);
  expect([...setting.workspace.opened].sort()).toEqual([...tenants].sort());
  const attempts = await replicas[0]!.sql<{ attempts: number }>(
    `select (step->>'attempts')::int as attempts from run, jsonb_array_elements(steps) step where tenant_id = any($1)`,
    [tenants],
  );
  expect(new Set(attempts.map((row) => row.attempts))).toEqual(new Set([1]));
});

test('a replica that dies in the middle of a step loses nothing: another one finishes the run', async () => {
  const first = await setting.start();
  await setting.sim.fault({ vendor: 'pinecone', path: '/vectors/upsert', times: 1 }, { type: 'latency', ms: 30_000 });
  const tenant = await clear(setting.world);
  await until(
    async () =>
      (await first.sql(`select 1 from run where tenant_id = $1 and claimed_by is not null`, [tenant])).length > 0,
  );
  // What a kill leaves behind: the run claimed, the job active and without a heartbeat.
  await first.sql(
    `update pgboss.job set heartbeat_on = now() - interval '1 minute' where name = 'advance-run' and state = 'active'`,
  );
  await setting.start();
  await until(
    async () => (await first.sql(`select 1 from run where tenant_id = $1 and state = 'done'`, [tenant])).length > 0,
    25_000,
  );
  const types = await setting.world.eventTypes(tenant);
  expect(types.filter((type) => type === 'provisioner.tenant-provisioned.v1')).toHaveLength(1);
});

test('warm workspaces are handed out once each, the rest is provisioned cold, and the pool fills up again', async () => {
  const service = await setting.start({ WARM_POOL_SIZE: '3' });
  const pool = async () =>
    (await fetch(`${service.url}/api/provisioner/pool`, operator)).json() as Promise<{
      standby: Record<string, number>;
    }>;
  await service.kit.door.commit('spec', () => enqueue(FillPool, {}, { key: fillPoolKey }));
  await until(async () => (await pool()).standby['ready'] === 3);
  const tenants = await Promise.all(Array.from({ length: 5 }, () => clear(setting.world, newId('tenant'))));
  await until(
    async () =>
      (await service.sql(`select 1 from run where tenant_id = any($1) and state = 'done'`, [tenants])).length === 5,
  );
  const runs = await service.sql<{ namespace: string; warm: boolean }>(
    'select namespace, warm from run where tenant_id = any($1)',
    [tenants],
  );
  expect(runs.filter((run) => run.warm)).toHaveLength(3);
  expect(new Set(runs.map((run) => run.namespace)).size).toBe(5);
  await setting.world.advance(5_000);
  await until(async () => (await pool()).standby['ready'] === 3);
});

async function upserts() {
  return (await setting.sim.requests('pinecone')).filter((request) => request.path.startsWith('/vectors/upsert'));
}

async function until(condition: () => Promise<boolean>, timeoutMs = 15_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('It never happened.');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
