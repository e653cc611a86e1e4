import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { newId } from '@latchkey/shared/ids';
import { audit } from '@latchkey/shared/operator';
import type { RunningService } from '@latchkey/shared/service';
import { operatorToken, startWorld, type World } from '../src/index.js';
import { probe } from './probe-service.js';

/** What every service offers its operators, against a real PostgreSQL and a real nats-server. */
let world: World;
let service: RunningService;

beforeAll(async () => {
  world = await startWorld();
  service = await world.start(probe);
});
afterAll(() => world.stop());

const get = async <T>(path: string): Promise<T> => {
  const response = await fetch(`${service.url}/api/operator/${path}`, {
    headers: { authorization: `Bearer ${operatorToken}` },
  });
  return (await response.json()) as T;
};
const actsOf = async (tenantId: string) =>
  (await get<{ acts: Record<string, unknown>[] }>(`audit?tenant_id=${tenantId}`)).acts;

test('an act and its audit row become true together, or neither does', async () => {
  const tenantId = newId('tenant');
  await service.kit.door.commit('spec', () => audit({ action: 'spec-act', tenantId, reason: 'because' }));
  const undone = service.kit.door.commit('spec', async () => {
    await audit({ action: 'spec-act', tenantId, reason: 'never was' });
    throw new Error('rolled back');
  });
  await expect(undone).rejects.toThrow('rolled back');
  expect(await actsOf(tenantId)).toEqual([
    expect.objectContaining({ action: 'spec-act', reason: 'because', outcome: 'done', operator: 'operator' }),
  ]);
});

test('the audit is for operators only, newest first, and read page by page', async () => {
  const tenantId = newId('tenant');
  for (const reason of ['first', 'second', 'third'])
    await service.kit.door.commit('spec', () => audit({ action: 'spec-act', tenantId, reason }));
  const page = await get<{ acts: { reason: string }[]; next_before: number }>(`audit?tenant_id=${tenantId}&limit=2`);
  expect(page.acts.map(({ reason }) => reason)).toEqual(['third', 'second']);
  const rest = await get<typeof page>(`audit?tenant_id=${tenantId}&limit=2&before=${page.next_before}`);
  expect(rest.acts.map(({ reason }) => reason)).toEqual(['first']);
  expect((await fetch(`${service.url}/api/operator/audit`)).status).toBe(401);
});
