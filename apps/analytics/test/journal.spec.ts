import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { events } from '@latchkey/contracts';
import { newEventId, newId } from '@latchkey/shared/ids';
import type { Fact } from '@latchkey/shared/messaging';
import { ReadDeadLetters, SettleDeadLetters } from '@latchkey/shared/operator';
import { RecordFacts } from '../src/journal/record-facts.js';
import { analytics } from '../src/service.js';
import { startAnalytics, type AnalyticsWorld } from './analytics-world.js';

let at: AnalyticsWorld;

const recorded = async (tenantId: string): Promise<number> => {
  const [row] = await at.service.sql<{ n: number }>('select count(*)::int as n from facts.event where tenant_id = $1', [
    tenantId,
  ]);
  return row!.n;
};

beforeAll(async () => {
  at = await startAnalytics();
});
afterAll(() => at.stop());

test('every event of every owner is recorded, and nothing but what its contract allows', async () => {
  const { id } = at.customer();
  for (const event of Object.values(events))
    await at.world.publishRaw(
      `latchkey.${event.type}.${id}`,
      JSON.stringify({ ...event.example, email: 'ada@example.com' }),
      {
        'ce-id': crypto.randomUUID(),
        'ce-type': event.type,
        'ce-subject': id,
        'ce-time': at.world.clock.nowIso(),
      },
    );
  await at.world.drain();
  expect(await recorded(id)).toBe(Object.keys(events).length);
  const kept = await at.service.sql(`select 1 from facts.event where data::text like '%ada@%'`);
  expect(kept).toEqual([]);
});

const deadLettersOf = async (tenant_id: string) =>
  (await at.service.get(ReadDeadLetters).list({ tenant_id, limit: 100 })).dead_letters;

test('an event that cannot be kept becomes a dead letter with its reason and holds up nobody', async () => {
  const [poisoned, fine] = [at.customer(), at.customer()];
  // PostgreSQL's jsonb takes no NUL; the contract, being JSON, does.
  await poisoned.say(events.EmailFailed, { reason: 'a\u0000b' });
  await Promise.all(Array.from({ length: 20 }, () => fine.say(events.SessionStarted)));
  await at.world.drain();
  expect(await recorded(fine.id)).toBe(20);
  const [letter] = await deadLettersOf(poisoned.id);
  expect(letter).toMatchObject({ what: events.EmailFailed.type, reason: expect.stringMatching(/unicode|\\u0000/i) });
});

test('a dead letter that is redriven reaches the journal, once', async () => {
  const { id } = at.customer();
  await at.world.publishRaw(`latchkey.${events.TenantSignedUp.type}.${id}`, '{"plan":"gold"}', {
    'ce-id': crypto.randomUUID(),
    'ce-type': events.TenantSignedUp.type,
    'ce-subject': id,
    'ce-time': at.world.clock.nowIso(),
  });
  await at.world.drain();
  const letters = at.service.get(SettleDeadLetters);
  const [letter] = await deadLettersOf(id);
  expect(letter?.reason).toMatch(/breaks the contract/);
  await at.service.sql('update kit.dead_letter set body = $2 where id = $1', [
    letter!.id.slice('event-'.length),
    JSON.stringify(events.TenantSignedUp.example),
  ]);
  expect(await letters.redrive(letter!.id, 'spec')).toBe('redriven');
  expect(await letters.redrive(letter!.id, 'spec')).toBe('already');
  expect(await recorded(id)).toBe(1);
});

test('replicas that share the work and rebuilds in the middle of it lose and double nothing', async () => {
  const replica = await at.world.start(analytics);
  const customers = Array.from({ length: 20 }, () => at.customer());
  const rebuilt: number[] = [];
  const rebuilds = (async () => {
    for (let i = 0; i < 8; i++) rebuilt.push((await at.request('POST', '/api/analytics/rebuild')).status);
  })();
  const ways = [
    events.TenantSignedUp,
    events.CheckoutCompleted,
    events.SessionStarted,
    events.QuestionAnswered,
    events.DocumentIndexed,
  ];
  for (const event of ways)
    await Promise.all(
      customers.map(async ({ say }) => {
        await say(event as typeof events.TenantSignedUp);
        await say(event as typeof events.TenantSignedUp);
      }),
    );
  await rebuilds;
  await at.world.drain();
  expect(rebuilt).toEqual(Array.from({ length: 8 }, () => 200));
  for (const { id } of customers) expect(await recorded(id)).toBe(2 * ways.length);
  const live = await at.progress();
  await at.request('POST', '/api/analytics/rebuild');
  expect(await at.progress()).toEqual(live);
  await at.world.stopService(replica);
});

test('an event that is being recorded while a rebuild runs is not lost by it', async () => {
  const early = at.customer();
  await early.say(events.TenantSignedUp);
  await at.world.drain();
  const progressOf = async (id: string) =>
    (await at.progress()).filter((row) => row.includes(id) && row.includes('total_signups'));
  const late = newId('tenant');
  const fact: Fact = {
    id: newEventId(),
    type: events.TenantSignedUp.type,
    source: 'signup',
    tenantId: late,
    time: at.world.clock.nowIso(),
    data: events.TenantSignedUp.example,
    correlationId: 'spec',
    causationId: 'spec',
    tries: 1,
  };
  let written!: () => void;
  const isWritten = new Promise<void>((resolve) => (written = resolve));
  let letCommit!: () => void;
  const mayCommit = new Promise<void>((resolve) => (letCommit = resolve));
  const recording = at.service.kit.door.commit('spec', async () => {
    await at.service.get(RecordFacts).run([fact]);
    written();
    await mayCommit;
  });
  await isWritten;
  const rebuilding = at.request('POST', '/api/analytics/rebuild');
  // The rebuild has read what it could see and waits for the writer, or it is about to lose the event.
  await at.until('the rebuild waits for a lock', async () => {
    const waiting = await at.service.sql(
      `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    return waiting.length > 0;
  });
  letCommit();
  await recording;
  expect((await rebuilding).status).toBe(200);
  expect(await progressOf(late)).toHaveLength(1);
  expect(await progressOf(early.id)).toHaveLength(1);
});

test('of two rebuilds at once one is refused, and the other is not disturbed', async () => {
  const answers = await Promise.all(
    [1, 2, 3].map(() => at.request<{ code?: string }>('POST', '/api/analytics/rebuild')),
  );
  const refused = answers.filter(({ status }) => status === 409);
  expect(answers.some(({ status }) => status === 200)).toBe(true);
  for (const { body } of refused) expect(body.code).toBe('rebuild_running');
  expect(refused.length + answers.filter(({ status }) => status === 200).length).toBe(3);
});

test('a tenant marked as a test is in no number and no list, also after a rebuild, until it is unmarked', async () => {
  const funnel = async () =>
    (await at.get<{ total_signups: number }>('/api/analytics/activation-funnel')).body.total_signups;
  const tester = at.customer();
  await tester.say(events.TenantSignedUp);
  await at.world.drain();
  const before = await funnel();
  const mark = (method: string) =>
    fetch(`${at.service.url}/api/analytics/test-tenants/${tester.id}`, { method, headers: at.operator });
  expect((await mark('PUT')).status).toBe(204);
  expect((await mark('PUT')).status).toBe(204);
  await at.request('POST', '/api/analytics/rebuild');
  expect(await funnel()).toBe(before - 1);
  await mark('DELETE');
  expect(await funnel()).toBe(before);
});

test('the audit says who left a tenant out of the numbers, and who put it back', async () => {
  const { id } = at.customer();
  const headers = { ...at.operator, 'x-operator': 'ada@latchkey.example' };
  const url = `${at.service.url}/api/analytics/test-tenants/${id}`;
  for (const method of ['PUT', 'PUT', 'DELETE']) await fetch(url, { method, headers });
  const { body } = await at.get<{ acts: object[] }>(`/api/operator/audit?tenant_id=${id}`);
  expect(body.acts).toMatchObject([
    { operator: 'ada@latchkey.example', action: 'unmark-test-tenant', outcome: 'done' },
    { operator: 'ada@latchkey.example', action: 'mark-test-tenant', outcome: 'already' },
    { operator: 'ada@latchkey.example', action: 'mark-test-tenant', outcome: 'done' },
  ]);
});

test('every number of the funnel leads to its tenants and to the event that proves each', async () => {
  const url = '/api/analytics/activation-funnel/logged_in/tenants';
  const { body } = await at.get<{ total: number; tenants: { tenant_id: string; event_id: string }[] }>(url);
  expect(body.total).toBeGreaterThanOrEqual(20);
  expect(body.tenants).toHaveLength(body.total);
  const proofs = await at.service.sql<{ type: string }>(
    `select distinct type from facts.event where event_id = any($1::uuid[])`,
    [body.tenants.map(({ event_id }) => event_id)],
  );
  expect(proofs).toEqual([{ type: events.SessionStarted.type }]);
  const dropped = await at.get<{ total: number }>('/api/analytics/activation-funnel/provisioned/tenants?dropped=true');
  const { body: funnel } = await at.get<{ steps: { stage: string; dropped: number }[] }>(
    '/api/analytics/activation-funnel',
  );
  expect(dropped.body.total).toBe(funnel.steps.find(({ stage }) => stage === 'provisioned')!.dropped);
  expect((await at.get('/api/analytics/activation-funnel/nonsense/tenants')).status).toBe(404);
});

test('the gauges show the funnel, but no ratio of too few', async () => {
  const scrape = async () => (await fetch(`${at.service.url}/metrics`)).text();
  expect(await scrape()).toMatch(/^onboarding_funnel_tenants\{stage="logged_in"\} 2[0-9]$/m);
  expect(await scrape()).toMatch(/^onboarding_activation_rate [0-9.]+$/m);
  await at.service.sql(`insert into facts.test_tenant select tenant_id, now() from facts.tenant_progress`);
  await at.world.advance(15_000);
  expect(await scrape()).toMatch(/^onboarding_activation_rate Nan$/im);
});
