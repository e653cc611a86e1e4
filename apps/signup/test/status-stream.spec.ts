import {
  CheckoutCompleted,
  ProvisioningProgress,
  stepProgressSubject,
  TenantProvisioned,
  type ProvisioningRun,
} from '@latchkey/contracts';
import { Hints } from '@latchkey/shared/messaging';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DescribeTenant } from '../src/onboarding/describe-tenant.js';
import { StatusStreams } from '../src/onboarding/status-streams.js';
import { WatchedTenant } from '../src/onboarding/watched-tenant.js';
import { SignupWorld } from './support/signup-world.js';

let at: SignupWorld;

beforeAll(async () => {
  at = await SignupWorld.start({ STATUS_STREAMS_PER_TENANT_MAX: '2' });
});
afterAll(() => at.world.stop());

type Told = { status: string; next: string; message: string; progress: { state: string; steps: unknown[] } | null };

/** Reads a stream as a browser would; `told` grows while it is read. */
function watch(
  tenantId: string,
  url = at.service.url,
): { told: Told[]; ended: Promise<void>; opened: Promise<number>; leave: () => void } {
  const told: Told[] = [];
  const abort = new AbortController();
  const response = fetch(`${url}/api/onboarding/tenants/${tenantId}/events`, { signal: abort.signal });
  const read = async () => {
    const { body } = await response;
    let text = '';
    for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
      text += new TextDecoder().decode(chunk);
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const data = /^data: (.*)$/m.exec(text.slice(0, end))?.[1];
        if (data) told.push(JSON.parse(data) as Told);
        text = text.slice(end + 2);
      }
    }
  };
  const ended = read().catch(() => undefined);
  return { told, ended, opened: response.then(({ status }) => status), leave: () => abort.abort() };
}

describe('the waiting page', () => {
  test('is told every change at once, and the stream ends when nothing more will come', async () => {
    const tenantId = await at.signUp();
    const page = watch(tenantId);
    expect(await page.opened).toBe(200);
    await at.verify(tenantId);
    await at.world.publish(CheckoutCompleted, tenantId, CheckoutCompleted.example);
    await at.world.drain();
    await at.world.publish(TenantProvisioned, tenantId, TenantProvisioned.example);
    await page.ended;
    expect(page.told[0]).toMatchObject({ status: 'pending_payment' });
    expect(page.told.map(({ status }) => status)).toContain('provisioning');
    expect(page.told.at(-1)).toMatchObject({ status: 'active', next: 'log_in' });
  });

  test('is not held by a replica that ends, also when it asked on a connection that was still open', async () => {
    const replica = await at.replica();
    const tenantId = await at.signUp();
    replica.get(StatusStreams).onModuleDestroy();
    const page = watch(tenantId, replica.url);
    expect(await page.opened).toBe(200);
    await page.ended;
    await at.world.stopService(replica);
  });

  test('hears from a change that another replica made', async () => {
    const replica = await at.replica();
    const tenantId = await at.signUp();
    const page = watch(tenantId, replica.url);
    await page.opened;
    const code = await at.code(tenantId);
    const startedAt = performance.now();
    await at.post('/api/onboarding/verify-email', { tenant_id: tenantId, code });
    while (!page.told.some((status) => 'email_verified' in status && status.email_verified === true)) {
      if (performance.now() - startedAt > 5_000) throw new Error('The other replica was not heard.');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    page.leave();
    await at.world.stopService(replica);
  });

  test('cannot be opened more often than allowed, and a closed one makes room', async () => {
    const tenantId = await at.signUp();
    const pages = [watch(tenantId), watch(tenantId)];
    for (const page of pages) expect(await page.opened).toBe(200);
    const third = await at.get(`/api/onboarding/tenants/${tenantId}/events`);
    expect({ status: third.status, code: third.body.code }).toEqual({ status: 429, code: 'rate_limited' });
    pages[0]?.leave();
    await pages[0]?.ended;
    await new Promise((resolve) => setTimeout(resolve, 200));
    const again = watch(tenantId);
    expect(await again.opened).toBe(200);
    for (const page of [...pages, again]) page.leave();
  });

  test('of nobody is refused, wildcards too', async () => {
    for (const id of ['tenant_nobody', '*', 'tenant_%3E', 'tenant_aaaaaaaa.%3E'])
      expect((await at.get(`/api/onboarding/tenants/${id}/events`)).body.code).toBe('unknown_tenant');
  });

  test('ends with the service, so that a shutdown does not hang on it', async () => {
    const replica = await at.replica();
    const page = watch(await at.signUp(), replica.url);
    await page.opened;
    const startedAt = performance.now();
    await at.world.stopService(replica);
    await page.ended;
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});

describe('the run on the waiting page', () => {
  const runs = new Map<string, ProvisioningRun>();
  const asked: string[] = [];
  let stop: () => void;
  beforeAll(async () => {
    stop = await at.play(ProvisioningProgress, ({ tenant_id }) => {
      asked.push(tenant_id);
      return { run: runs.get(tenant_id) ?? null };
    });
  });
  afterAll(() => stop());

  const runOf = (state: ProvisioningRun['state'], change: Partial<ProvisioningRun> = {}): ProvisioningRun => {
    const now = at.world.clock.nowIso();
    const finished_at = state === 'done' ? now : null;
    return { run_id: 'run_1', state, started_at: now, finished_at, next_attempt_at: null, steps: [], ...change };
  };
  const hintOf = (tenant_id: string, run?: ProvisioningRun, touchedAt = at.world.clock.nowIso()) => {
    const hint = { tenant_id, run_id: 'run_1', step: 'open-workspace', state: 'running', at: touchedAt };
    return run ? { ...hint, run } : hint;
  };
  const pay = async (tenantId: string) => {
    await at.verify(tenantId);
    await at.world.publish(CheckoutCompleted, tenantId, CheckoutCompleted.example);
    await at.world.drain();
  };
  const shown = (tenant: WatchedTenant) => tenant.describe()?.progress?.state;
  const look = async (tenant: WatchedTenant) => {
    await tenant.look();
    return shown(tenant);
  };

  async function until(condition: () => boolean): Promise<void> {
    const deadline = Date.now() + 5_000;
    while (!condition()) {
      if (Date.now() > deadline) throw new Error('It was never told.');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  test('comes with its hints: the provisioner is never asked, and our row only where it may have changed', async () => {
    const describeTenant = at.service.get(DescribeTenant);
    const factsOf = describeTenant.factsOf.bind(describeTenant);
    const looked: string[] = [];
    describeTenant.factsOf = (id) => {
      looked.push(id);
      return factsOf(id);
    };
    const tenantId = await at.signUp();
    const page = watch(tenantId);
    await page.opened;
    const last = () => page.told.at(-1);
    const hint = (run: ProvisioningRun) =>
      at.service.get(Hints).publish(stepProgressSubject(tenantId), hintOf(tenantId, run));
    await pay(tenantId);
    await until(() => last()?.progress?.state === 'waiting');
    const paid = looked.length;
    const started_at = at.world.clock.nowIso();
    hint(runOf('running', { started_at }));
    await until(() => last()?.progress?.state === 'running');
    hint(runOf('retrying', { started_at, waits_for: 'supplier_down' }));
    await until(() => last()?.progress?.state === 'retrying');
    expect(last()?.message).toMatch(/supplier/);
    expect(looked.length).toBe(paid);
    hint(runOf('done', { started_at }));
    await until(() => last()?.progress?.state === 'done');
    expect(last()).toMatchObject({ status: 'provisioning', next: 'wait' });
    await at.world.publish(TenantProvisioned, tenantId, TenantProvisioned.example);
    await page.ended;
    describeTenant.factsOf = factsOf;
    expect(last()).toMatchObject({ status: 'active', progress: { state: 'done' } });
    expect(looked.length).toBe(paid + 1);
    expect(asked).not.toContain(tenantId);
  });

  test('never goes backwards, and a first one that is still being undone does not show beside its successor', async () => {
    const tenantId = await at.signUp();
    await pay(tenantId);
    const tenant = new WatchedTenant(tenantId, at.service.get(DescribeTenant));
    await tenant.look();
    const started_at = at.world.clock.nowIso();
    tenant.hearProgress(hintOf(tenantId, runOf('retrying', { started_at }), '2199-01-01T00:00:02.000Z'));
    tenant.hearProgress(hintOf(tenantId, runOf('running', { started_at }), '2199-01-01T00:00:01.000Z'));
    expect(await look(tenant)).toBe('retrying');
    const earlier = runOf('undoing', { run_id: 'run_0', started_at: '2001-01-01T00:00:00.000Z' });
    tenant.hearProgress(hintOf(tenantId, earlier, '2199-01-01T00:00:09.000Z'));
    expect([tenant.due, shown(tenant)]).toEqual([undefined, 'retrying']);
  });

  test('is asked for at each beat, after a hint of an older release, and when it is not known how it ended', async () => {
    const tenantId = await at.signUp();
    const tenant = new WatchedTenant(tenantId, at.service.get(DescribeTenant));
    await tenant.look();
    await pay(tenantId);
    tenant.hearChange();
    expect(await look(tenant)).toBe('waiting');
    expect(asked).not.toContain(tenantId);
    runs.set(tenantId, runOf('running'));
    expect(await look(tenant)).toBe('running');
    runs.set(tenantId, runOf('retrying'));
    tenant.hearProgress(hintOf(tenantId));
    expect(await look(tenant)).toBe('retrying');
    tenant.hearProgress({ ...hintOf(tenantId), run: { ...runOf('running'), state: 'unheard of' } });
    expect(tenant.due).toBe('everything');
    await tenant.look();
    await at.world.publish(TenantProvisioned, tenantId, TenantProvisioned.example);
    await at.world.drain();
    runs.set(tenantId, runOf('done'));
    tenant.hearChange();
    expect(await look(tenant)).toBe('done');
    expect(asked.filter((id) => id === tenantId)).toHaveLength(4);
    expect(tenant.describe()).toMatchObject({ status: 'active' });
  });

  test('makes our own row be looked at when it tells of a clearance that the page has not heard of', async () => {
    const tenantId = await at.signUp();
    const tenant = new WatchedTenant(tenantId, at.service.get(DescribeTenant));
    await tenant.look();
    await pay(tenantId);
    tenant.hearProgress(hintOf(tenantId, runOf('running')));
    expect(tenant.describe()).toMatchObject({ status: 'pending_payment', progress: null });
    expect(await look(tenant)).toBe('running');
    expect(tenant.describe()).toMatchObject({ status: 'provisioning' });
    expect(asked).not.toContain(tenantId);
  });
});
