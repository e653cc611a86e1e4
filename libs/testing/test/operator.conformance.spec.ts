import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import {
  problems,
  TenantSignedUp,
  type DeadLetterDetail,
  type DeadLetterPage,
  type RedriveReport,
} from '@latchkey/contracts';
import { GiveUp } from '@latchkey/shared/errors';
import { newId } from '@latchkey/shared/ids';
import { enqueue } from '@latchkey/shared/jobs';
import { audit } from '@latchkey/shared/operator';
import type { RunningService } from '@latchkey/shared/service';
import { operatorToken, startWorld, type World } from '../src/index.js';
import { behaviour, probe, ProbeJob } from './probe-service.js';

/** What every service offers its operators, and whoever writes programs for it, against a real PostgreSQL and a real nats-server. */
let world: World;
let service: RunningService;

beforeAll(async () => {
  world = await startWorld();
  service = await world.start(probe);
});
afterEach(() => void Object.assign(behaviour, calm));
afterAll(() => world.stop());

const calm = { ...behaviour };
const headers = { authorization: `Bearer ${operatorToken}`, 'x-operator': 'ada', 'content-type': 'application/json' };
const get = async <T>(path: string): Promise<T> => {
  const response = await fetch(`${service.url}/api/operator/${path}`, { headers });
  return (await response.json()) as T;
};
const post = async (path: string, body: object) => {
  const sent = { method: 'POST', headers, body: JSON.stringify(body) };
  const response = await fetch(`${service.url}/api/operator/${path}`, sent);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};
const reason = 'the supplier is back';
const deadOf = async (tenantId: string) =>
  (await get<DeadLetterPage>(`dead-letters?tenant_id=${tenantId}`)).dead_letters;
const notesOf = async (tenantId: string) =>
  (await service.sql<{ note: string }>('select note from effect where tenant_id = $1 order by seq', [tenantId])).map(
    ({ note }) => note,
  );
const signedUp = (note: string) => ({
  plan: 'starter' as const,
  region: 'eu',
  terms_version: '1',
  verification_id: note,
});
/** Events that die, one after the other, until `mend`. */
const killEvents = async (tenantId: string, notes: string[]) => {
  behaviour.onSignedUp = async () => {
    throw new Error('the supplier is away');
  };
  for (const note of notes) await world.publish(TenantSignedUp, tenantId, signedUp(note));
  await world.drain();
};
const mend = () => Object.assign(behaviour, calm);
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

test('the audit only grows, and a row that was changed behind our back is named', async () => {
  const act = (reason: string) => service.kit.door.commit('spec', () => audit({ action: 'spec-act', reason }));
  const verify = () => get<{ acts: number; head: string; broken_at: string | null }>('audit/verification');
  const before = await verify();
  // Side by side, as replicas would.
  await Promise.all(Array.from({ length: 8 }, (_, number) => act(`act ${number}`)));
  const after = await verify();
  expect(after).toEqual({ acts: before.acts + 8, head: expect.stringMatching(/^[0-9a-f]{64}$/), broken_at: null });
  expect(after.head).not.toBe(before.head);

  const change = (statement: string) => service.sql(statement);
  await expect(change(`update kit.operator_audit set reason = 'fine'`)).rejects.toThrow('only added to');
  await expect(change('delete from kit.operator_audit')).rejects.toThrow('only added to');
  await expect(change('truncate kit.operator_audit')).rejects.toThrow('only added to');
  // Who owns the table can take the guard away, and is found out all the same.
  // Not the last: a tail that was cut off is not seen.
  const [row] = await service.sql<{ id: string }>(
    `select id from kit.operator_audit where reason like 'act %' order by position limit 1`,
  );
  const unguarded = async (statement: string) => {
    await change('alter table kit.operator_audit disable trigger user');
    await change(statement);
    await change('alter table kit.operator_audit enable trigger user');
  };
  await unguarded(`update kit.operator_audit set operator = 'bob' where id = ${row!.id}`);
  expect((await verify()).broken_at).toBe(row!.id);
  await unguarded(`update kit.operator_audit set operator = 'operator' where id = ${row!.id}`);
  expect(await verify()).toEqual(after);
  await unguarded(`delete from kit.operator_audit where id = ${row!.id}`);
  expect((await verify()).broken_at).not.toBeNull();
  expect((await fetch(`${service.url}/api/operator/audit/verification`)).status).toBe(401);
});

test('a redriven event has its effect, its audit row and its end in one commit, and redriving it again is harmless', async () => {
  const tenantId = newId('tenant');
  await killEvents(tenantId, ['late']);
  const [letter] = await deadOf(tenantId);
  expect(letter).toMatchObject({ kind: 'event', what: TenantSignedUp.type, reason: 'the supplier is away', tries: 4 });

  const failed = await post(`dead-letters/${letter!.id}/redrive`, { reason });
  expect(failed).toMatchObject({
    status: 409,
    body: { code: 'dead_letter_failed_again', detail: 'the supplier is away' },
  });
  expect(await deadOf(tenantId)).toEqual([expect.objectContaining({ id: letter!.id, tries: 5 })]);

  mend();
  // Two operators at the same moment: the handler runs for one of them only.
  const outcomes = await Promise.all([1, 2, 3].map(() => post(`dead-letters/${letter!.id}/redrive`, { reason })));
  expect(outcomes.map(({ body }) => body['outcome']).sort()).toEqual(['already', 'already', 'redriven']);
  await world.drain();
  expect(await notesOf(tenantId)).toEqual(['late']);
  expect(await deadOf(tenantId)).toEqual([]);
  expect(await get<DeadLetterDetail>(`dead-letters/${letter!.id}`)).toMatchObject({ state: 'redriven' });
  expect(await actsOf(tenantId)).toMatchObject([
    { action: 'redrive-dead-letter', target: letter!.id, operator: 'ada', reason, outcome: 'done' },
    { action: 'redrive-dead-letter', outcome: 'failed: the supplier is away' },
  ]);
});

test('redriving all keeps the order of a tenant, holds the later back when an earlier one fails, and goes page by page', async () => {
  const [fine, bad] = [newId('tenant'), newId('tenant')];
  await killEvents(fine, ['1', '2', '3']);
  await killEvents(bad, ['poison', 'after the poison']);
  expect((await deadOf(fine)).map(({ earlier_of_tenant }) => earlier_of_tenant)).toEqual([0, 1, 2]);
  behaviour.onSignedUp = async (fact) => {
    if (fact.tenantId === bad) throw new Error('still poison');
  };
  const reports: RedriveReport[] = [];
  for (let after: string | null | undefined; after !== null; after = reports.at(-1)!.next_after) {
    const sent = await post('dead-letters/redrive', { reason, limit: 2, ...(after ? { after } : {}) });
    expect(sent.status).toBe(200);
    reports.push(sent.body as RedriveReport);
  }
  expect(await notesOf(fine)).toEqual(['1', '2', '3']);
  expect(await deadOf(fine)).toEqual([]);
  expect(reports.flatMap(({ failed }) => failed)).toEqual([expect.objectContaining({ reason: 'still poison' })]);
  expect(reports.flatMap(({ held_back }) => held_back)).toHaveLength(1);
  mend();
  await post('dead-letters/redrive', { reason, tenant_id: bad });
  expect(await notesOf(bad)).toEqual(['poison', 'after the poison']);
});

test('a discarded event stays discarded, also when its stream is filled again', async () => {
  const tenantId = newId('tenant');
  await killEvents(tenantId, ['never']);
  const [letter] = await deadOf(tenantId);
  const { carried } = await get<{ carried: { event_id: string } }>(`dead-letters/${letter!.id}`);
  expect((await post(`dead-letters/${letter!.id}/discard`, { reason: '  ' })).status).toBe(400);
  expect((await post(`dead-letters/${letter!.id}/discard`, { reason })).body['outcome']).toBe('discarded');
  expect((await post(`dead-letters/${letter!.id}/redrive`, { reason })).body['outcome']).toBe('already');
  mend();
  await world.publish(TenantSignedUp, tenantId, signedUp('never'), carried.event_id);
  await world.drain();
  expect(await notesOf(tenantId)).toEqual([]);
  expect(await deadOf(tenantId)).toEqual([]);
  expect(await actsOf(tenantId)).toMatchObject([{ action: 'discard-dead-letter', outcome: 'done' }]);
});

test('a dead job is listed with its reason, runs again when redriven, and never twice', async () => {
  const note = newId('note');
  behaviour.onJob = async () => {
    throw new GiveUp('refused', { vendor: 'stripe', operation: 'x' });
  };
  await service.kit.door.commit('spec', () => enqueue(ProbeJob, { note }));
  await world.drain();
  const page = await get<DeadLetterPage>('dead-letters?kind=job&what=probe');
  expect(page).toMatchObject({ total: 1, next_after: null });
  const [letter] = page.dead_letters;
  expect(letter).toMatchObject({ kind: 'job', what: 'probe', tries: 1, reason: expect.stringContaining('refused') });
  expect(await get<DeadLetterDetail>(`dead-letters/${letter!.id}`)).toMatchObject({ carried: { data: { note } } });

  let runs = 0;
  behaviour.onJob = async (_data, run) => {
    await run.commit(() => runs++);
  };
  const outcomes = await Promise.all([1, 2].map(() => post(`dead-letters/${letter!.id}/redrive`, { reason })));
  expect(outcomes.map(({ body }) => body['outcome']).sort()).toEqual(['already', 'redriven']);
  await world.drain();
  expect(runs).toBe(1);
  expect((await get<DeadLetterPage>('dead-letters?kind=job')).total).toBe(0);
});

test('dead letters are for operators only, and an id nobody gave is not found', async () => {
  expect((await fetch(`${service.url}/api/operator/dead-letters`)).status).toBe(401);
  expect((await post('dead-letters/event-999999/redrive', { reason })).body['code']).toBe('dead_letter_not_found');
  expect((await post(`dead-letters/job-${crypto.randomUUID()}/discard`, { reason })).status).toBe(404);
  expect((await post(`dead-letters/1%20or%201/redrive`, { reason })).status).toBe(400);
});

test('a poison event never makes anybody else wait: they are all handled while it is still being tried', async () => {
  const [poisoned, others] = [newId('tenant'), Array.from({ length: 300 }, () => newId('tenant'))];
  const handled = new Set<string>();
  let othersAreDone!: () => void;
  const done = new Promise<void>((resolve) => (othersAreDone = resolve));
  behaviour.onSignedUp = async (fact) => {
    if (fact.tenantId === poisoned) {
      // Its last try ends only after everybody else is done, so waiting for it would wait for ever.
      if (fact.tries >= 3) await done;
      throw new Error('poison');
    }
    if (handled.add(fact.tenantId).size === others.length) othersAreDone();
  };
  const half = others.length / 2;
  await Promise.all(others.slice(0, half).map((tenant) => world.publish(TenantSignedUp, tenant, signedUp('fine'))));
  await world.publish(TenantSignedUp, poisoned, signedUp('poison'));
  await Promise.all(others.slice(half).map((tenant) => world.publish(TenantSignedUp, tenant, signedUp('fine'))));
  await world.drain();
  const effects = await service.sql<{ tenant_id: string }>('select tenant_id from effect where tenant_id = any($1)', [
    [...others, poisoned],
  ]);
  expect(effects.map(({ tenant_id }) => tenant_id).sort()).toEqual([...others].sort());
  expect(await deadOf(poisoned)).toMatchObject([{ reason: 'poison', tries: 4 }]);
});

test('the API’s description says on every route what a refusal looks like, and which codes there are', async () => {
  const page = (await (await fetch(`${service.url}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, { responses: { default?: { content: object } } }>>;
    components: { schemas: { Problem: { properties: { code: { enum: string[] } } } } };
  };
  expect(page.components.schemas.Problem.properties.code.enum).toEqual(Object.keys(problems));
  const routes = Object.entries(page.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { responses }]) => ({ route: `${method} ${path}`, said: responses.default })),
  );
  expect(routes.length).toBeGreaterThan(0);
  for (const { route, said } of routes)
    expect({ route, kinds: Object.keys(said?.content ?? {}) }).toEqual({ route, kinds: ['application/problem+json'] });
});
