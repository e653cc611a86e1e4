import { CheckoutCompleted, TenantProvisioned } from '@latchkey/contracts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { StatusStreams } from '../src/onboarding/status-streams.js';
import { SignupWorld } from './support/signup-world.js';

let at: SignupWorld;

beforeAll(async () => {
  at = await SignupWorld.start({ STATUS_STREAMS_PER_TENANT_MAX: '2' });
});
afterAll(() => at.world.stop());

type Told = { status: string; next: string };

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
