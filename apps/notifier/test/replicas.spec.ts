import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { TenantProvisioned } from '@latchkey/contracts';
import { startNotifierWorld, type NotifierWorld } from './notifier-world.js';

let notifier: NotifierWorld;
beforeAll(async () => {
  notifier = await startNotifierWorld();
  await Promise.all([notifier.startReplica(), notifier.startReplica()]);
}, 60_000);
afterAll(() => notifier.stop());

const tenants = Array.from({ length: 40 }, (_, i) => `tenant_r${i}`);

test('three replicas and a failing SendGrid send every welcome exactly once', async () => {
  const { world, service } = notifier;
  await notifier.fault('tenant_r', { type: 'reset-after-commit' }, { probability: 0.3, seed: 1, times: 8 });
  await notifier.fault('tenant_r', { type: 'status', status: 500 }, { probability: 0.2, seed: 2, times: 5 });
  await notifier.fault('tenant_r', { type: 'reset-before' }, { probability: 0.1, seed: 3, times: 3 });
  // Proof comes later than a hasty second try would.
  await notifier.webhookFaults({ delay_ms: 800 });
  await Promise.all(tenants.map((tenantId) => world.publish(TenantProvisioned, tenantId, TenantProvisioned.example)));

  const open = async () => {
    const rows = await service.sql<{ state: string }>(`select state from message where state <> 'sent'`);
    return rows.map(({ state }) => state);
  };
  const messageCount = async () => (await service.sql('select 1 from message')).length;
  await notifier.until('all mails written down', async () => (await messageCount()) === tenants.length);
  // Whatever SendGrid proves is settled by itself; the rest waits for its grace period to pass, which takes no time here.
  for (let round = 0; round < 10 && (await open()).length > 0; round++) {
    await notifier.until(
      'only doubts left',
      async () => (await open()).every((state) => state === 'uncertain'),
      20_000,
    );
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    await world.advance(121_000);
    await world.drain();
  }
  expect(await open()).toEqual([]);
  const [tried] = await service.sql<{ most: number }>('select max(attempts) as most from message');
  expect(tried?.most).toBeGreaterThan(1);
  const counts = await Promise.all(tenants.map(async (tenantId) => (await notifier.inboxOf(tenantId)).length));
  expect(counts).toEqual(tenants.map(() => 1));
  const sent = await service.sql(
    `select tenant_id, count(*) from kit.outbox where type = 'notifier.email-sent.v1' group by 1`,
  );
  expect(sent).toEqual(expect.arrayContaining(tenants.map((tenant_id) => ({ tenant_id, count: '1' }))));
}, 60_000);
