import { CheckoutCompleted, TenantProvisioned } from '@latchkey/contracts';
import { PaidFirst } from '../src/onboarding/paid-first.js';
import { afterEach, expect, test } from '@jest/globals';
import { SignupWorld } from './support/signup-world.js';

let at: SignupWorld;
afterEach(() => at.world.stop());

async function tenantsWhoPaid(count: number): Promise<string[]> {
  const tenantIds: string[] = [];
  for (let index = 0; index < count; index++) {
    const tenantId = await at.signUp();
    await at.verify(tenantId);
    tenantIds.push(tenantId);
  }
  for (const tenantId of tenantIds)
    await at.world.publish(CheckoutCompleted, tenantId, {
      ...CheckoutCompleted.example,
      completed_at: at.world.clock.nowIso(),
    });
  await at.world.drain();
  return tenantIds;
}
/** The second begins after now, whatever was under way. */
async function look(): Promise<void> {
  await at.service.get(PaidFirst).look();
  await at.service.get(PaidFirst).look();
}
const pacePerSecond = () => at.service.get(PaidFirst).perSecond;

test('while those who have paid wait for their workspaces, strangers are let in more slowly', async () => {
  at = await SignupWorld.start();
  await tenantsWhoPaid(6);
  const before = pacePerSecond();
  await look();
  expect(pacePerSecond()).toBe(before);
  await at.world.advance(1_000);
  await look();
  expect(pacePerSecond()).toBeLessThan(before);
});

test('who is served in time slows nobody down; what "in time" is, an operator says', async () => {
  at = await SignupWorld.start({ PAID_LATE_AFTER_MS: '2000' });
  const tenantIds = await tenantsWhoPaid(6);
  const before = pacePerSecond();
  await at.world.advance(1_500);
  for (const tenantId of tenantIds)
    await at.world.publish(TenantProvisioned, tenantId, { ...TenantProvisioned.example, generation: 1 });
  await at.world.drain();
  await at.world.advance(1_000);
  await look();
  expect(pacePerSecond()).toBe(before);
});
