import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace';
import { Client } from 'pg';
import {
  ContactCards,
  EmailSent,
  streamOf,
  subjectOf,
  TenantSignedUp,
  VerificationRequested,
} from '@latchkey/contracts';
import { newEventId, newId } from '@latchkey/shared/ids';
import { traceWith } from '@latchkey/shared/observability';
import { traceToProcessor } from '@latchkey/shared/otlp';
import { Questions } from '@latchkey/shared/messaging';
import { ReadDeadLetters, SettleDeadLetters } from '@latchkey/shared/operator';
import { record, sql } from '@latchkey/shared/persistence';
import type { RunningService } from '@latchkey/shared/service';
import { startWorld, type World } from '../src/index.js';
import { behaviour, probe, ProbeJob } from './probe-service.js';
import { enqueue } from '@latchkey/shared/jobs';

/** What every service may rely on from the messaging room, against a real PostgreSQL and a real nats-server. */
let world: World;
let service: RunningService;
const calm = { ...behaviour };

const signedUp = (note: string) => ({
  plan: 'starter' as const,
  region: 'eu',
  terms_version: '1',
  verification_id: note,
});
const effects = async (tenantId: string) =>
  (await service.sql<{ note: string }>('select note from effect where tenant_id = $1 order by seq', [tenantId])).map(
    (row) => row.note,
  );

const deadLettersOf = async (tenant_id: string) =>
  (await service.get(ReadDeadLetters).list({ tenant_id, limit: 100 })).dead_letters;

beforeAll(async () => {
  world = await startWorld();
  service = await world.start(probe);
});
afterEach(() => void Object.assign(behaviour, calm));
afterAll(() => world.stop());

test('a trace goes on from an event to the job it queued, and into what that job records', async () => {
  const exporter = new InMemorySpanExporter();
  traceWith(traceToProcessor('probe', new SimpleSpanProcessor({ exporter })));
  try {
    const tenant = newId('tenant');
    const [traceId, above] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];
    behaviour.onJob = (_data, run) =>
      run.commit(() => void record(EmailSent, tenant, { message_id: 'msg_1', template: 'probe' }));
    await world.publishRaw(subjectOf(VerificationRequested, tenant), JSON.stringify({ verification_id: 'ver_1' }), {
      'ce-id': newEventId(),
      'ce-type': VerificationRequested.type,
      'ce-subject': tenant,
      traceparent: `00-${traceId}-${above}-01`,
      'correlation-id': 'req_of_a_person',
    });
    await world.drain();
    const spans = exporter.getFinishedSpans().filter((span) => span.spanContext().traceId === traceId);
    const named = (name: string) => spans.find((span) => span.name === name);
    expect(named(VerificationRequested.type)?.parentSpanContext?.spanId).toBe(above);
    expect(named(VerificationRequested.type)?.attributes).toEqual({ service: 'notifier', 'tenant.id': tenant });
    const job = named('job probe');
    expect(job?.parentSpanContext?.spanId).toBe(named(VerificationRequested.type)?.spanContext().spanId);
    const [row] = await service.sql<{ headers: Record<string, string> }>(
      'select headers from kit.outbox where tenant_id = $1',
      [tenant],
    );
    expect(row?.headers).toMatchObject({
      traceparent: `00-${traceId}-${job?.spanContext().spanId}-01`,
      'correlation-id': 'req_of_a_person',
    });
  } finally {
    traceWith(undefined);
  }
});

test('an event delivered twice has one effect', async () => {
  const tenant = newId('tenant');
  const id = await world.publish(TenantSignedUp, tenant, signedUp('once'));
  await world.drain();
  await world.publish(TenantSignedUp, tenant, signedUp('once'), id);
  await world.drain();
  expect(await effects(tenant)).toEqual(['once']);
  expect((await world.eventTypes(tenant)).filter((type) => type.startsWith('notifier.'))).toEqual([
    'notifier.email-sent.v1',
  ]);
});

test('a handler that fails leaves nothing behind, and its retry has the whole effect', async () => {
  const tenant = newId('tenant');
  let failures = 2;
  behaviour.onSignedUp = async () => {
    if (failures-- > 0) throw new Error('not yet');
  };
  await world.publish(TenantSignedUp, tenant, signedUp('at last'));
  await world.drain();
  expect(await effects(tenant)).toEqual(['at last']);
  expect((await world.eventTypes(tenant)).filter((type) => type.startsWith('notifier.'))).toHaveLength(1);
});

test('events of one tenant keep their order even while the first of them fails', async () => {
  const tenant = newId('tenant');
  let failures = 3;
  behaviour.onSignedUp = async (fact) => {
    if (fact.tenantId === tenant && failures-- > 0) throw new Error('not yet');
  };
  for (const note of ['1', '2', '3', '4', '5']) await world.publish(TenantSignedUp, tenant, signedUp(note));
  await world.drain();
  expect(await effects(tenant)).toEqual(['1', '2', '3', '4', '5']);
});

test('a poison event becomes a dead letter with its reason, delays nobody else, and can be redriven once mended', async () => {
  const poisoned = newId('tenant');
  behaviour.onSignedUp = async (fact) => {
    if (fact.tenantId === poisoned) throw new Error('this one is poison');
  };
  await world.publish(TenantSignedUp, poisoned, signedUp('poison'));
  const others = Array.from({ length: 50 }, () => newId('tenant'));
  const startedAt = Date.now();
  for (const tenant of others) await world.publish(TenantSignedUp, tenant, signedUp('fine'));
  for (;;) {
    const [row] = await service.sql<{ done: number }>(
      'select count(*)::int as done from effect where tenant_id = any($1)',
      [others],
    );
    if (row!.done === others.length) break;
    if (Date.now() - startedAt > 10_000) throw new Error('The others are held up.');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await world.drain();
  const letters = service.get(SettleDeadLetters);
  const [letter] = await deadLettersOf(poisoned);
  expect(letter).toMatchObject({ what: TenantSignedUp.type, reason: 'this one is poison', tries: 4 });
  expect(await effects(poisoned)).toEqual([]);

  await expect(letters.redrive(letter!.id, 'spec')).rejects.toMatchObject({ code: 'dead_letter_failed_again' });
  behaviour.onSignedUp = calm.onSignedUp;
  expect(await letters.redrive(letter!.id, 'spec')).toBe('redriven');
  expect(await letters.redrive(letter!.id, 'spec')).toBe('already');
  expect(await effects(poisoned)).toEqual(['poison']);
  expect(await deadLettersOf(poisoned)).toEqual([]);
});

test.each([
  [
    'data that break the contract',
    { type: TenantSignedUp.type, body: '{"plan":"gold"}' },
    /breaks the contract .*plan/,
  ],
  ['a body that is not JSON', { type: TenantSignedUp.type, body: '{' }, /not JSON/],
  ['a body that PostgreSQL cannot even keep', { type: TenantSignedUp.type, body: '\0' }, /not JSON/],
  ['a type nobody knows', { type: 'signup.tenant-signed-up.v9', body: '{}' }, /not known/],
  ['an id that PostgreSQL cannot keep', { type: TenantSignedUp.type, body: '{}', 'ce-id': 'a\0b' }, /not a UUID/],
  [
    'an id that no index can hold',
    { type: TenantSignedUp.type, body: '{}', 'ce-id': randomBytes(8_000).toString('hex') },
    /not a UUID/,
  ],
  ['a header that JSON in PostgreSQL cannot keep', { type: TenantSignedUp.type, body: '{', odd: 'a\0b' }, /not JSON/],
])('%s go to the dead letters at once', async (_what, { type, body, ...headers }, reason) => {
  const tenant = newId('tenant');
  await world.publishRaw(`latchkey.${TenantSignedUp.type}.${tenant}`, body, {
    'ce-id': newEventId(),
    'ce-type': type,
    'ce-subject': tenant,
    ...headers,
  });
  await world.drain();
  const [letter] = await deadLettersOf(tenant);
  expect(letter?.reason).toMatch(reason);
});

test('a field that a newer version of the sender has added is no reason to refuse the event', async () => {
  const tenant = newId('tenant');
  const body = JSON.stringify({ ...signedUp('newer'), added_later: { by: 'a newer version' } });
  await world.publishRaw(`latchkey.${TenantSignedUp.type}.${tenant}`, body, {
    'ce-id': newEventId(),
    'ce-type': TenantSignedUp.type,
    'ce-subject': tenant,
  });
  await world.drain();
  expect(await effects(tenant)).toEqual(['newer']);
});

test('a fact whose transaction failed is never on the bus, and neither is its job', async () => {
  const tenant = newId('tenant');
  const attempt = service.kit.door.commit('spec', async () => {
    await sql('insert into effect (tenant_id, note) values ($1, $2)', [tenant, 'ghost']);
    record(EmailSent, tenant, { message_id: 'm', template: 'ghost' });
    enqueue(ProbeJob, { note: 'ghost' });
    throw new Error('rolled back');
  });
  await expect(attempt).rejects.toThrow('rolled back');
  await world.drain();
  expect(await effects(tenant)).toEqual([]);
  expect(await world.eventTypes(tenant)).toEqual([]);
  expect(await service.sql(`select 1 from pgboss.job where data->>'note' = 'ghost'`)).toEqual([]);
});

test('a service may only publish its own events, and only what their contracts allow', async () => {
  const publish = (work: () => void) => service.kit.door.commit('spec', work);
  await expect(publish(() => void record(VerificationRequested, 'tenant_x', { verification_id: 'v' }))).rejects.toThrow(
    'must not publish',
  );
  await expect(publish(() => void record(EmailSent, 'tenant_x', { message_id: 1 } as never))).rejects.toThrow();
});

test('the relay repeats what it published before a crash, and nobody notices', async () => {
  const tenant = newId('tenant');
  await world.publish(TenantSignedUp, tenant, signedUp('relay'));
  await world.drain();
  await service.sql('update kit.outbox set published_at = null where tenant_id = $1', [tenant]);
  await world.drain();
  expect((await world.eventTypes(tenant)).filter((type) => type.startsWith('notifier.'))).toHaveLength(1);
});

test('a fact with a lower number that commits later is not skipped', async () => {
  const tenant = newId('tenant');
  const slow = new Client({ connectionString: await world.databaseUrl('notifier') });
  await slow.connect();
  await slow.query('begin');
  await slow.query(
    `insert into kit.outbox (id, tenant_id, type, subject, data, headers, occurred_at)
     select id, $1, $2, 'latchkey.' || $2 || '.' || $1, '{"message_id":"slow","template":"probe"}',
       jsonb_build_object('ce-id', id, 'ce-type', $2::text, 'ce-subject', $1::text, 'ce-time', now()), now()
     from gen_random_uuid() as id`,
    [tenant, EmailSent.type],
  );
  await service.kit.door.commit(
    'spec',
    () => void record(EmailSent, tenant, { message_id: 'quick', template: 'probe' }),
  );
  await world.drain();
  await slow.query('commit');
  await slow.end();
  await world.drain();
  expect((await world.events(tenant)).map((event) => event.data['message_id'])).toEqual(['quick', 'slow']);
});

test('facts committed while NATS is away go out when it is back, in order and once', async () => {
  const tenant = newId('tenant');
  await world.nats.kill();
  for (const note of ['a', 'b', 'c'])
    await service.kit.door.commit(
      'spec',
      () => void record(EmailSent, tenant, { message_id: note, template: 'probe' }),
    );
  await world.nats.restart();
  await world.drain(30_000);
  expect((await world.events(tenant)).map((event) => event.data['message_id'])).toEqual(['a', 'b', 'c']);
  const after = newId('tenant');
  await world.publish(TenantSignedUp, after, signedUp('after the restart'));
  await world.drain();
  expect(await effects(after)).toEqual(['after the restart']);
});

test('with every stream wiped, new events flow again without a restart', async () => {
  await world.nats.restartEmpty();
  const tenant = newId('tenant');
  await world.publish(TenantSignedUp, tenant, signedUp('on a new bus'));
  for (let look = 0; look < 200 && (await effects(tenant)).length === 0; look++)
    await new Promise((resolve) => setTimeout(resolve, 50));
  await world.drain();
  expect(await effects(tenant)).toEqual(['on a new bus']);
  expect(await world.eventTypes(tenant)).toContain('notifier.email-sent.v1');
});

test('a stop lets the running handler finish, and another replica takes over what was not begun', async () => {
  const replica = await world.start(probe);
  await world.stopService(service);
  let begun = 0;
  behaviour.onSignedUp = async () => {
    begun++;
    await new Promise((resolve) => setTimeout(resolve, 150));
  };
  const tenant = newId('tenant');
  for (const note of ['1', '2', '3', '4']) await world.publish(TenantSignedUp, tenant, signedUp(note));
  while (begun === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await world.stopService(replica);
  behaviour.onSignedUp = calm.onSignedUp;
  service = await world.start(probe);
  await world.drain();
  // Order is kept within a process; JetStream itself redelivers in any order (docs/decisions).
  expect((await effects(tenant)).sort()).toEqual(['1', '2', '3', '4']);
});

test('a message whose taker died with it in hand is given to somebody else', async () => {
  await world.stopService(service);
  const tenant = newId('tenant');
  await world.publish(TenantSignedUp, tenant, signedUp('inherited'));
  const dying = await connect({ servers: world.nats.url });
  const consumer = await jetstream(dying).consumers.get(streamOf('signup'), 'notifier');
  expect(await consumer.next({ expires: 2_000 })).not.toBeNull();
  await dying.close();
  service = await world.start(probe);
  await world.drain();
  expect(await effects(tenant)).toEqual(['inherited']);
});

test('three replicas share the work and each event has one effect', async () => {
  const replicas = [await world.start(probe), await world.start(probe)];
  const tenants = Array.from({ length: 40 }, () => newId('tenant'));
  for (const tenant of tenants) await world.publish(TenantSignedUp, tenant, signedUp('shared'));
  await world.drain();
  const [row] = await service.sql<{ all: number }>(
    'select count(*)::int as all from effect where tenant_id = any($1)',
    [tenants],
  );
  expect(row!.all).toBe(tenants.length);
  for (const replica of replicas) await world.stopService(replica);
});

test('a job starts with the commit that caused it, is tried again, and its last failure is kept', async () => {
  const attempts: number[] = [];
  behaviour.onJob = async (data, run) => {
    if (data.note !== 'stubborn') return run.commit(() => undefined);
    attempts.push(run.attempt);
    throw new Error('stubborn');
  };
  await world.publish(VerificationRequested, newId('tenant'), { verification_id: 'stubborn' });
  for (let look = 0; look < 3; look++) {
    await world.drain();
    await world.advance(5_000);
  }
  await world.drain();
  expect(attempts).toEqual([1, 2, 3]);
  const [dead] = await service.sql<{ data: { note: string } }>(`select data from pgboss.job where name = 'dead-jobs'`);
  expect(dead?.data).toMatchObject({ note: 'stubborn' });
});

test('a job whose claim was lost commits nothing', async () => {
  const tenant = newId('tenant');
  let outcome = '';
  behaviour.onJob = async (_data, run) => {
    if (run.attempt > 1) return run.commit(() => undefined);
    await service.sql(`update pgboss.job set state = 'retry', start_after = now() where id = $1`, [run.id]);
    await run
      .commit(() => sql('insert into effect (tenant_id, note) values ($1, $2)', [tenant, 'zombie']))
      .catch((error: Error) => (outcome = error.constructor.name));
  };
  await world.publish(VerificationRequested, tenant, { verification_id: 'zombie' });
  await world.drain();
  expect(outcome).toBe('ClaimLost');
  expect(await effects(tenant)).toEqual(['verified zombie']);
});

test('a release that listens to more hears it on the consumer that the last one left', async () => {
  await world.stopService(service);
  const connection = await connect({ servers: world.nats.url });
  const { consumers } = await jetstreamManager(connection);
  await consumers.update(streamOf('signup'), 'notifier', {
    filter_subjects: ['latchkey.signup.verification-requested.v1.*'],
  });
  service = await world.start(probe);
  await world.drain();
  const tenant = newId('tenant');
  await world.publish(TenantSignedUp, tenant, signedUp('new to it'));
  await world.drain();
  expect(await effects(tenant)).toEqual(['new to it']);
  await connection.close();
});

test('a question is answered, silence is noticed in time, and nobody asks inside a transaction', async () => {
  const questions = service.get(Questions);
  await expect(questions.ask(ContactCards, { tenant_ids: ['tenant_1'] })).resolves.toEqual({ cards: [] });
  await expect(questions.ask(ContactCards, { tenant_ids: ['tenant_slow'] }, 200)).rejects.toThrow('was not answered');
  await expect(
    service.kit.door.commit('spec', () => questions.ask(ContactCards, { tenant_ids: ['tenant_1'] })),
  ).rejects.toThrow('inside a transaction');
});

test('a question that was taken before a stop is answered, and those that come afterwards go to another replica', async () => {
  const leaving = await world.start(probe);
  const questions = service.get(Questions);
  const ask = (slow: string) => questions.ask(ContactCards, { tenant_ids: [slow] }, 3_000);
  // The probe thinks for a second about this one; of twelve, the leaving replica takes some.
  const taken = Array.from({ length: 12 }, () => ask('tenant_slow'));
  await new Promise((resolve) => setTimeout(resolve, 100));
  let stopped = false;
  const stopping = world.stopService(leaving).then(() => (stopped = true));
  const later: Promise<unknown>[] = [];
  while (!stopped) {
    later.push(ask('tenant_quick'));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await expect(Promise.all([...taken, ...later])).resolves.toHaveLength(taken.length + later.length);
  await stopping;
});

test('three services that start together on an empty database migrate it once', async () => {
  const fresh = await startWorld();
  try {
    await fresh.databaseUrl('notifier');
    await expect(Promise.all([fresh.start(probe), fresh.start(probe), fresh.start(probe)])).resolves.toHaveLength(3);
  } finally {
    await fresh.stop();
  }
});

test('health, metrics and the API description answer', async () => {
  const get = async (path: string) => fetch(service.url + path);
  expect(await (await get('/health/live')).json()).toEqual({ status: 'ok' });
  expect((await get('/health/ready')).status).toBe(200);
  expect(await (await get('/metrics')).text()).toContain('outbox_oldest_unpublished_seconds');
  expect(await (await get('/openapi.json')).json()).toMatchObject({ openapi: expect.any(String) });
  const lost = await get('/nothing/here');
  expect([lost.status, await lost.json()]).toMatchObject([404, { code: 'not_found', request_id: expect.any(String) }]);
});
