import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import {
  AbandonProvisioning,
  ErasureRequested,
  ProvisioningProgress,
  ReopenProvisioning,
  StepProgress,
  stepProgressSubject,
  SubscriptionCancelled,
  TenantCleared,
} from '@latchkey/contracts';
import { newId } from '@latchkey/shared/ids';
import { Hints, Questions } from '@latchkey/shared/messaging';
import type { RunningService } from '@latchkey/shared/service';
import { clear, cleared, operator, startProvisionerWorld } from './provisioner-world.js';

let setting: Awaited<ReturnType<typeof startProvisionerWorld>>;
let service: RunningService;

beforeAll(async () => {
  setting = await startProvisionerWorld();
  service = await setting.start();
});
afterEach(async () => {
  setting.workspace.refuse = () => false;
  setting.workspace.refuseClose = () => false;
  await setting.sim.clearFaults();
});
afterAll(() => setting.world.stop());

const eventsOf = async (tenant: string) =>
  (await setting.world.events(tenant)).filter((event) => event.type.startsWith('provisioner.'));

test('a cleared tenant gets a namespace that answers the sample question, an open workspace, and one event', async () => {
  const tenant = await clear(setting.world);
  await setting.world.drain();
  expect(await eventsOf(tenant)).toMatchObject([
    { type: 'provisioner.tenant-provisioned.v1', data: { plan: 'starter', warm: false } },
  ]);
  expect((await setting.sim.namespaces())[tenant]).toEqual({ vectorCount: 3 });
  expect(setting.workspace.open.get(tenant)).toMatchObject({
    plan: 'starter',
    namespace: tenant,
    trial_ends_at: cleared.trial_ends_at,
  });
});

test('the same clearance told twice, or again under another id, makes one run', async () => {
  const tenant = newId('tenant');
  const id = await setting.world.publish(TenantCleared, tenant, cleared);
  await setting.world.publish(TenantCleared, tenant, cleared, id);
  await setting.world.publish(TenantCleared, tenant, cleared);
  await setting.world.drain();
  expect(await eventsOf(tenant)).toHaveLength(1);
  expect(await service.sql('select 1 from run where tenant_id = $1', [tenant])).toHaveLength(1);
});

test('the samples are embedded once for everybody', async () => {
  for (let i = 0; i < 3; i++) await clear(setting.world);
  await setting.world.drain();
  expect(await setting.sim.requests('openai')).toHaveLength(1);
});

test('a Pinecone that fails for a while costs retries, not the tenant', async () => {
  await setting.sim.fault({ vendor: 'pinecone', path: '/vectors/upsert', times: 2 }, { type: 'status', status: 503 });
  const tenant = await clear(setting.world);
  await untilOver(tenant);
  expect(await eventsOf(tenant)).toMatchObject([{ type: 'provisioner.tenant-provisioned.v1' }]);
  const [run] = await service.sql<{ failures: number }>('select failures from run where tenant_id = $1', [tenant]);
  expect(run!.failures).toBe(2);
});

test('an answer lost after the write leaves the same world as one that arrived', async () => {
  await setting.sim.fault({ vendor: 'pinecone', path: '/vectors/upsert', times: 1 }, { type: 'reset-after-commit' });
  const tenant = await clear(setting.world);
  await untilOver(tenant);
  expect(await eventsOf(tenant)).toMatchObject([{ type: 'provisioner.tenant-provisioned.v1' }]);
  expect((await setting.sim.namespaces())[tenant]).toEqual({ vectorCount: 3 });
});

test('when the retries are used up everything is taken back, and the failure is told once with its step and reason', async () => {
  const tenant = newId('tenant');
  setting.workspace.refuse = (request) => request.tenant_id === tenant;
  await setting.world.publish(TenantCleared, tenant, cleared);
  await untilOver(tenant);
  expect(await eventsOf(tenant)).toMatchObject([
    { type: 'provisioner.provisioning-failed.v1', data: { step: 'open-workspace', reason: 'workspace', attempts: 4 } },
  ]);
  expect((await setting.sim.namespaces())[tenant]).toBeUndefined();
  expect(setting.workspace.open.has(tenant)).toBe(false);
});

test('while it retries, the waiting customer is told so, step by step', async () => {
  const tenant = newId('tenant');
  let asked = false;
  setting.workspace.refuse = (request) => {
    if (request.tenant_id !== tenant || asked) return false;
    return (asked = true);
  };
  await setting.world.publish(TenantCleared, tenant, cleared);
  const questions = service.get(Questions);
  const progress = async () => (await questions.ask(ProvisioningProgress, { tenant_id: tenant })).run;
  await until(async () => (await progress())?.state === 'retrying');
  expect(await progress()).toMatchObject({
    state: 'retrying',
    next_attempt_at: expect.any(String),
    steps: [
      { name: 'sample-documents', state: 'done' },
      { name: 'samples-searchable', state: 'done' },
      { name: 'open-workspace', title: 'Opening your workspace', state: 'retrying', attempts: 1 },
    ],
  });
  await untilOver(tenant);
  expect(await progress()).toMatchObject({ state: 'done', next_attempt_at: null });
  expect(await questions.ask(ProvisioningProgress, { tenant_id: 'tenant_nobody' })).toEqual({ run: null });
});

test('each commit of a run is hinted at once, with the whole run, which never goes back', async () => {
  const tenant = newId('tenant');
  const told: StepProgress[] = [];
  const stop = service.get(Hints).subscribe(stepProgressSubject(tenant), (hint) => told.push(StepProgress.parse(hint)));
  await setting.world.drain();
  await setting.world.publish(TenantCleared, tenant, cleared);
  await untilOver(tenant);
  await until(async () => told.at(-1)?.run?.state === 'done');
  stop();
  expect(told.map(({ run }) => run!.steps.map(({ state }) => state).join(' '))).toEqual([
    'running waiting waiting',
    'done running waiting',
    'done done running',
    'done done done',
  ]);
  const moments = told.map(({ at }) => at);
  expect(moments).toEqual(moments.toSorted());
  const answer = await service.get(Questions).ask(ProvisioningProgress, { tenant_id: tenant });
  expect(answer).toEqual({ run: told.at(-1)!.run, touched_at: moments.at(-1) });
});

test('a run past its deadline is undone instead of waiting on', async () => {
  const tenant = newId('tenant');
  setting.workspace.refuse = (request) => {
    if (request.tenant_id === tenant) setting.world.clock.advance(20 * 60_000);
    return request.tenant_id === tenant;
  };
  await setting.world.publish(TenantCleared, tenant, cleared);
  await untilOver(tenant);
  expect(await eventsOf(tenant)).toMatchObject([{ type: 'provisioner.provisioning-failed.v1', data: { attempts: 1 } }]);
});

test('a cancelled tenant keeps everything for the grace, then namespace and runtime go, verified', async () => {
  const tenant = await clear(setting.world);
  await setting.world.drain();
  await setting.world.publish(SubscriptionCancelled, tenant, { reason: 'customer', refunded_cents: 0 });
  await setting.world.drain();
  expect((await setting.sim.namespaces())[tenant]).toEqual({ vectorCount: 3 });
  await setting.world.advance(31 * 86_400_000);
  await until(async () =>
    (await eventsOf(tenant)).some((event) => event.type === 'provisioner.tenant-deprovisioned.v1'),
  );
  expect((await setting.sim.namespaces())[tenant]).toBeUndefined();
  expect(setting.workspace.open.has(tenant)).toBe(false);
});

test('an erasure does not wait', async () => {
  const tenant = await clear(setting.world);
  await setting.world.drain();
  await setting.world.publish(ErasureRequested, tenant, { requested_at: setting.world.clock.nowIso() });
  await setting.world.drain();
  expect((await setting.sim.namespaces())[tenant]).toBeUndefined();
  expect((await eventsOf(tenant)).at(-1)).toMatchObject({
    type: 'provisioner.tenant-deprovisioned.v1',
    data: { reason: 'erasure' },
  });
});

test('operators see runs, and nobody else does', async () => {
  expect((await fetch(`${service.url}/api/provisioner/runs`)).status).toBe(401);
  const wrong = await fetch(`${service.url}/api/provisioner/runs?state=lost`, operator);
  expect([wrong.status, await wrong.json()]).toMatchObject([
    400,
    { code: 'invalid_request', errors: [{ field: 'state' }] },
  ]);
  const answer = (await (await fetch(`${service.url}/api/provisioner/runs?state=failed`, operator)).json()) as {
    runs: unknown[];
  };
  expect(answer.runs.length).toBeGreaterThan(0);
  expect((await fetch(`${service.url}/api/provisioner/tenants/tenant_nobody`, operator)).status).toBe(404);
});

describe('an operator', () => {
  const act = async (tenant: string, verb: string, headers: Record<string, string> = operator.headers) => {
    const response = await fetch(`${service.url}/api/provisioner/tenants/${tenant}/${verb}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-operator': 'mara', ...headers },
      body: JSON.stringify({ reason: 'the vendor is mended' }),
    });
    const body = (await response.json()) as { outcome?: string; code?: string };
    return `${response.status} ${body.outcome ?? body.code}`;
  };
  const acts = async (tenant: string) =>
    service.sql('select action, operator, outcome from kit.operator_audit where tenant_id = $1 order by id', [tenant]);

  test('turns a run back from its undo, before anybody was told; what was undone is done again', async () => {
    const tenant = newId('tenant');
    setting.workspace.refuse = (request) => request.tenant_id === tenant;
    setting.workspace.refuseClose = (id) => id === tenant;
    await setting.world.publish(TenantCleared, tenant, { ...cleared, generation: 1 });
    await until(
      async () =>
        (await service.sql('select 1 from run where tenant_id = $1 and undo_failures > 0', [tenant])).length > 0,
    );
    const first = setting.workspace.open.get(tenant);
    await until(async () => (await act(tenant, 'retry')).startsWith('202'));
    setting.workspace.refuse = () => false;
    setting.workspace.refuseClose = () => false;
    await untilOver(tenant);
    expect(await eventsOf(tenant)).toMatchObject([{ type: 'provisioner.tenant-provisioned.v1' }]);
    expect(setting.workspace.open.get(tenant)!.epoch).toBeGreaterThan(first?.epoch ?? 100);
    expect(await acts(tenant)).toEqual([{ action: 'retry-run', operator: 'mara', outcome: 'done' }]);
  });

  test('resumes what is open only, and is told why where nothing can be done', async () => {
    const tenant = await clear(setting.world);
    await untilOver(tenant);
    expect(await act(tenant, 'resume')).toBe('409 run_not_open');
    expect(await act(tenant, 'retry')).toBe('409 tenant_already_active');
    expect(await act('tenant_nobody', 'retry')).toBe('404 unknown_tenant');
    expect(await act(tenant, 'resume', { authorization: 'Bearer wrong' })).toBe('401 operator_token_invalid');
    expect(await acts(tenant)).toEqual([]);
  });

  test('has signup decide on giving up, and on a new clearance after the failure was told', async () => {
    const tenant = newId('tenant');
    setting.workspace.refuse = (request) => request.tenant_id === tenant;
    await setting.world.publish(TenantCleared, tenant, cleared);
    await untilOver(tenant);
    expect(await act(tenant, 'retry')).toBe('503 unavailable');
    const stop = [
      setting.world.answer(ReopenProvisioning, () => ({
        outcome: 'money_goes_back' as const,
        status: 'provisioning_failed' as const,
      })),
      setting.world.answer(AbandonProvisioning, () => ({
        outcome: 'abandoned' as const,
        status: 'provisioning_failed' as const,
      })),
    ];
    await setting.world.drain();
    expect(await act(tenant, 'retry')).toBe('409 money_given_back');
    expect(await act(tenant, 'compensate')).toBe('202 abandoned');
    stop.forEach((end) => end());
    expect(await acts(tenant)).toEqual([
      { action: 'retry-run', operator: 'mara', outcome: 'money_goes_back' },
      { action: 'compensate-tenant', operator: 'mara', outcome: 'abandoned' },
    ]);
  });

  test('a second clearance starts in a namespace of its own', async () => {
    const tenant = newId('tenant');
    setting.workspace.refuse = (request) => request.tenant_id === tenant;
    await setting.world.publish(TenantCleared, tenant, { ...cleared, generation: 1 });
    await untilOver(tenant);
    setting.workspace.refuse = () => false;
    await setting.world.publish(TenantCleared, tenant, { ...cleared, generation: 2 });
    await until(async () => (await eventsOf(tenant)).length === 2);
    expect((await eventsOf(tenant)).map(({ data }) => data['generation'])).toEqual([1, 2]);
    await setting.world.advance(10 * 60_000);
    await setting.world.drain();
    expect(setting.workspace.open.get(tenant)).toMatchObject({ namespace: `${tenant}_2` });
    expect((await setting.sim.namespaces())[`${tenant}_2`]).toEqual({ vectorCount: 3 });
  });
});

test('entities and migrations say the same', async () => {
  expect(await service.schemaDrift()).toBe('');
});

async function untilOver(tenant: string): Promise<void> {
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
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
