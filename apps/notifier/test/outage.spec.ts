import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { TenantProvisioned } from '@latchkey/contracts';
import { startNotifierWorld, type NotifierWorld } from './notifier-world.js';

/** The breaker and the pauses of production; the clock makes an hour short. */
let notifier: NotifierWorld;
beforeAll(async () => {
  notifier = await startNotifierWorld({
    ...{ BREAKER_FAILURES: '3', BREAKER_PAUSE_MAX_SECONDS: '60', EMAIL_RETRY_BASE_MS: '1000' },
  });
}, 60_000);
afterEach(() => notifier.noFaults());
afterAll(() => notifier.stop());

async function pass(minutes: number): Promise<void> {
  for (let passed = 0; passed < minutes; passed += 5) {
    await notifier.world.advance(5 * 60_000);
    await notifier.world.drain();
  }
}

async function provision(name: string, count: number): Promise<string[]> {
  const tenants = Array.from({ length: count }, (_, at) => `tenant_${name}_${at}`);
  for (const tenant of tenants) await notifier.world.publish(TenantProvisioned, tenant, TenantProvisioned.example);
  await notifier.world.drain();
  return tenants;
}

const welcomes = (tenants: string[]) =>
  notifier.service.sql<{ state: string; attempts: number }>(
    `select state, attempts from message where template = 'welcome' and tenant_id = any($1)`,
    [tenants],
  );
const alerts = async (kind: string) =>
  (await notifier.service.sql('select 1 from alert where kind = $1', [kind])).length;

test('an hour without SendGrid costs few calls, ops hear of it, and every mail leaves once when it is back', async () => {
  const before = await notifier.callsToSendGrid();
  await notifier.faultForAll({ type: 'status', status: 503 });
  const tenants = await provision('outage', 8);
  await pass(60);
  expect((await notifier.callsToSendGrid()) - before).toBeLessThan(100);
  const waiting = await welcomes(tenants);
  expect(waiting.map(({ state }) => state)).toEqual(tenants.map(() => 'queued'));
  // Only calls that were made count: the burst before the breaker knew, and those that tried since.
  const attempts = waiting.reduce((sum, message) => sum + message.attempts, 0);
  expect(attempts).toBe((await notifier.callsToSendGrid()) - before);
  expect(await alerts('emails_late')).toBeGreaterThan(0);

  await notifier.noFaults();
  await pass(10);
  expect((await welcomes(tenants)).map(({ state }) => state)).toEqual(tenants.map(() => 'sent'));
  for (const tenant of tenants.slice(0, 3)) expect(await notifier.inboxOf(tenant)).toHaveLength(1);
}, 60_000);

test('a key that SendGrid refuses costs a call a minute however many mails wait, and calls ops once in the hour', async () => {
  const before = await notifier.callsToSendGrid();
  const startsAt = new Date(notifier.world.clock.nowMs());
  // At the full hour, so that the half hour below is within one.
  await notifier.world.advance(60 * 60_000 - (startsAt.getTime() % (60 * 60_000)));
  await notifier.faultForAll({ type: 'status', status: 401 });
  const tenants = await provision('key', 8);
  await pass(30);
  expect((await notifier.callsToSendGrid()) - before).toBeLessThan(70);
  expect(await alerts('sendgrid_refuses_us')).toBe(1);
  await notifier.noFaults();
  await pass(10);
  expect((await welcomes(tenants)).map(({ state }) => state)).toEqual(tenants.map(() => 'sent'));
}, 60_000);
