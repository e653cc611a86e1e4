import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import {
  ErasureRequested,
  ProvisioningAbandoned,
  SubscriptionCancelled,
  TenantCleared,
  type EventContract,
} from '@latchkey/contracts';
import { newId } from '@latchkey/shared/ids';
import { enqueue } from '@latchkey/shared/jobs';
import type { RunningService } from '@latchkey/shared/service';
import { FillPool, fillPoolKey } from '../src/pool/jobs.js';
import { AdvanceRun } from '../src/provisioning/advance-run.js';
import { StartProvisioning } from '../src/provisioning/start-provisioning.js';
import { Recipe } from '../src/provisioning/recipe.js';
import { cleared, startProvisionerWorld } from './provisioner-world.js';

let setting: Awaited<ReturnType<typeof startProvisionerWorld>>;
let service: RunningService;
/** Of the recipe as it is: a step that is added is killed in here as well. */
let steps: string[];

beforeAll(async () => {
  setting = await startProvisionerWorld();
  service = await setting.start(quick);
  steps = service.get(Recipe).names;
});
afterEach(async () => {
  setting.workspace.refuse = () => false;
  await setting.sim.clearFaults();
});
afterAll(() => setting.world.stop());

/** The clock runs fast in here: a job that died comes back in moments, and nobody's deadline is meant. */
const quick = { PROVISION_RETRY_DELAYS_SECONDS: '0', PROVISION_DEADLINE_SECONDS: '864000' };
const numbered = { ...cleared, generation: 1 };
const eventsOf = async (tenant: string) =>
  (await setting.world.events(tenant)).map(({ type }) => type).filter((type) => type.startsWith('provisioner.'));
const failedOnce = ['provisioner.provisioning-failed.v1'];

/** No namespace, no open workspace, no claimed standby; everything else is another tenant's. */
async function nothingIsLeft(tenant: string): Promise<void> {
  const runs = await service.sql<{ namespace: string }>('select namespace from run where tenant_id = $1', [tenant]);
  const live = Object.keys(await setting.sim.namespaces());
  expect(live.filter((name) => runs.some(({ namespace }) => namespace === name))).toEqual([]);
  expect(setting.workspace.open.has(tenant)).toBe(false);
  expect(await service.sql('select 1 from standby where claimed_by = $1', [tenant])).toEqual([]);
}

async function over(tenant: string): Promise<void> {
  await until(
    async () =>
      (await service.sql(`select 1 from run where tenant_id = $1 and state in ('done', 'failed')`, [tenant])).length >
      0,
  );
  await setting.world.drain();
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('It never happened.');
    await new Promise((resolve) => setTimeout(resolve, 50));
    await setting.world.advance(2_000);
  }
}

/**
 * What a kill leaves at a point: the call or the commit that was there throws an error that costs no try (like a lost
 * database), so the job comes back and meets the world as it was then. Dies once for each tenant.
 */
function die(object: object, method: string, when: 'before' | 'after', tenants: string[] | 'everybody') {
  const methods = object as Record<string, (...args: unknown[]) => Promise<unknown>>;
  const original = methods[method]!;
  const died: unknown[] = [];
  methods[method] = async function (this: unknown, ...args: unknown[]) {
    // Of everybody: once for each run, step and kind of save.
    const who =
      tenants === 'everybody' ? `${args[0]} ${args[4]} ${args[3]}` : (args[0] as { tenantId: string }).tenantId;
    const dies = !died.includes(who) && (tenants === 'everybody' || tenants.includes(who as string));
    const death = Object.assign(new Error('killed here'), { code: 'ECONNRESET' });
    if (dies) died.push(who);
    if (dies && when === 'before') throw death;
    const result = await original.apply(this, args);
    if (dies) throw death;
    return result;
  };
  return { restore: () => void (methods[method] = original), died };
}

describe.each(['before', 'after'] as const)('dying %s', (when) => {
  test('the call of any step does not keep a tenant from its workspace', async () => {
    const tenants = steps.map(() => newId('tenant'));
    const points = steps.map((step, i) => die(service.get(Recipe).step(step), 'run', when, [tenants[i]!]));
    for (const tenant of tenants) await setting.world.publish(TenantCleared, tenant, numbered);
    for (const tenant of tenants) await over(tenant);
    for (const point of points) point.restore();
    expect(points.map(({ died }) => died.length)).toEqual(steps.map(() => 1));
    for (const tenant of tenants) expect(await eventsOf(tenant)).toEqual(['provisioner.tenant-provisioned.v1']);
  });

  test('the undo of any step, or a commit on the way, leaves nothing, and the failure is told once', async () => {
    const tenants = [...steps, 'save'].map(() => newId('tenant'));
    setting.workspace.refuse = (request) => tenants.includes(request.tenant_id);
    const points = [
      ...steps.map((step, i) => die(service.get(Recipe).step(step), 'undo', when, [tenants[i]!])),
      die(service.get(AdvanceRun), 'save', when, 'everybody'),
      die(service.get(AdvanceRun), 'saveFailure', when, 'everybody'),
    ];
    for (const tenant of tenants) await setting.world.publish(TenantCleared, tenant, numbered);
    for (const tenant of tenants) await over(tenant);
    for (const point of points.toReversed()) point.restore();
    // The opening is what fails: a save for each step before it, and one for each undo with its own.
    const begun = steps.indexOf('open-workspace') + 1;
    const saves = tenants.length * (2 * begun - 1);
    const undone = steps.map((_, index) => (index < begun ? 1 : 0));
    expect(points.map(({ died }) => died.length)).toEqual([...undone, saves, tenants.length]);
    for (const tenant of tenants) {
      expect(await eventsOf(tenant)).toEqual(failedOnce);
      await nothingIsLeft(tenant);
    }
  });
});

describe('a decision against a tenant', () => {
  const decisions: [string, EventContract, object, string][] = [
    ['signup gave up', ProvisioningAbandoned, { generation: 1, because: 'deadline' }, 'deadline'],
    ['the money went back', SubscriptionCancelled, { reason: 'provisioning_failed', refunded_cents: 0 }, 'cancelled'],
    ['the customer cancelled', SubscriptionCancelled, { reason: 'customer', refunded_cents: 0 }, 'cancelled'],
    ['the customer wants erasure', ErasureRequested, { requested_at: '2026-11-23T03:00:00.000Z' }, 'erasure'],
  ];

  test.each(decisions)('%s: ahead of its clearance, it voids it', async (_name, event, data, because) => {
    const tenant = newId('tenant');
    await setting.world.publish(event, tenant, data as never);
    await setting.world.drain();
    await setting.world.publish(TenantCleared, tenant, numbered);
    await over(tenant);
    expect(setting.workspace.opened).not.toContain(tenant);
    expect((await setting.world.events(tenant)).at(-1)).toMatchObject({ data: { abandoned_because: because } });
    expect(await eventsOf(tenant)).toEqual(failedOnce);
    await nothingIsLeft(tenant);
  });

  test.each(decisions)(
    '%s: while a step is under way, the step ends and everything is undone',
    async (_n, event, data) => {
      const tenant = newId('tenant');
      let told = false;
      setting.workspace.refuse = (request) => request.tenant_id === tenant && !told;
      const open = service.get(Recipe).step('open-workspace');
      const original = open.run.bind(open);
      open.run = async (context) => {
        if (context.tenantId !== tenant) return original(context);
        told = true;
        await setting.world.publish(event, tenant, data as never);
        await until(
          async () =>
            (await service.sql('select 1 from run where tenant_id = $1 and abandoned_because is not null', [tenant]))
              .length > 0,
        );
        // A late success after everybody gave up.
        return original(context);
      };
      await setting.world.publish(TenantCleared, tenant, numbered);
      await until(async () => (await eventsOf(tenant)).length > 0);
      open.run = original;
      await setting.world.drain();
      expect(await eventsOf(tenant)).toEqual(failedOnce);
      await nothingIsLeft(tenant);
    },
  );

  test.each(decisions.slice(0, 2))(
    '%s: after the workspace was finished, it is taken back',
    async (_n, event, data) => {
      const tenant = newId('tenant');
      await setting.world.publish(TenantCleared, tenant, numbered);
      await over(tenant);
      expect(setting.workspace.open.has(tenant)).toBe(true);
      await setting.world.publish(event, tenant, data as never);
      await setting.world.publish(event, tenant, data as never);
      await until(async () => (await eventsOf(tenant)).includes(failedOnce[0]!));
      await setting.world.drain();
      expect((await eventsOf(tenant)).filter((type) => type === failedOnce[0])).toHaveLength(1);
      await nothingIsLeft(tenant);
    },
  );

  test('clearance and decision at the same moment never leave a workspace', async () => {
    const tenants = Array.from({ length: 10 }, () => newId('tenant'));
    await Promise.all(
      tenants.flatMap((tenant) => [
        setting.world.publish(TenantCleared, tenant, numbered),
        setting.world.publish(ProvisioningAbandoned, tenant, { generation: 1, because: 'deadline' }),
      ]),
    );
    for (const tenant of tenants) {
      await until(async () => (await eventsOf(tenant)).includes(failedOnce[0]!));
      await nothingIsLeft(tenant);
    }
  });
});

test('a warm workspace that was claimed goes with its run, row and namespace', async () => {
  const pooled = await setting.start({ ...quick, WARM_POOL_SIZE: '1' });
  await pooled.kit.door.commit('spec', () => enqueue(FillPool, {}, { key: fillPoolKey }));
  await until(async () => (await service.sql(`select 1 from standby where state = 'ready'`)).length > 0);
  const tenant = newId('tenant');
  setting.workspace.refuse = (request) => request.tenant_id === tenant;
  await pooled.kit.door.commit('spec', () =>
    pooled.get(StartProvisioning).run(tenant, numbered, setting.world.clock.now()),
  );
  await over(tenant);
  const [run] = await service.sql<{ warm: boolean }>('select warm from run where tenant_id = $1', [tenant]);
  expect(run).toEqual({ warm: true });
  expect(await eventsOf(tenant)).toEqual(failedOnce);
  await nothingIsLeft(tenant);
  await setting.world.stopService(pooled);
});

test('a write that comes to light after everything was undone is swept away', async () => {
  const tenant = newId('tenant');
  setting.workspace.refuse = (request) => request.tenant_id === tenant;
  await setting.world.publish(TenantCleared, tenant, numbered);
  await over(tenant);
  const [run] = await service.sql<{ namespace: string }>('select namespace from run where tenant_id = $1', [tenant]);
  const late = { tenantId: tenant, namespace: run!.namespace, signal: AbortSignal.timeout(5_000) };
  await service
    .get(Recipe)
    .step('sample-documents')
    .run(late as never);
  expect(Object.keys(await setting.sim.namespaces())).toContain(run!.namespace);
  await setting.world.advance(10 * 60_000);
  await until(async () => !Object.keys(await setting.sim.namespaces()).includes(run!.namespace));
  await nothingIsLeft(tenant);
});
