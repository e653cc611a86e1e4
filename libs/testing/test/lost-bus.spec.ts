import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { connect, nanos, type NatsConnection } from '@nats-io/transport-node';
import { streamOf, TenantSignedUp } from '@latchkey/contracts';
import { newId } from '@latchkey/shared/ids';
import { ensureStream } from '@latchkey/shared/messaging';
import { outboxPublished } from '@latchkey/shared/observability';
import { record } from '@latchkey/shared/persistence';
import type { RunningService } from '@latchkey/shared/service';
import { startWorld, type World } from '../src/index.js';
import { probe } from './probe-service.js';
import { journal, source } from './traffic-services.js';

/** The outboxes are the truth and the streams a copy: whatever becomes of the streams, every fact arrives, and once. */
let world: World;
let owner: RunningService;
let listener: RunningService;
let recorder: RunningService;
let connection: NatsConnection;
let manager: JetStreamManager;
const stream = streamOf('signup');

jest.setTimeout(120_000);

beforeAll(async () => {
  world = await startWorld();
  [owner, listener, recorder] = await Promise.all([world.start(source), world.start(probe), world.start(journal)]);
  connection = await connect({ servers: world.nats.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
  // What is asked while NATS is away is lost.
  manager = await jetstreamManager(connection, { timeout: 500 });
});
afterAll(async () => {
  await connection.close();
  await world.stop();
});

const signedUp = (note: string) => ({
  plan: 'starter' as const,
  region: 'eu',
  terms_version: '1',
  verification_id: note,
});

/** One commit for each tenant with these notes. */
async function tell(tenants: string[], ...notes: string[]): Promise<void> {
  for (const tenant of tenants)
    await owner.kit.door.commit('spec', () => {
      for (const note of notes) record(TenantSignedUp, tenant, signedUp(note));
    });
}

const someTenants = (count: number) => Array.from({ length: count }, () => newId('tenant'));

async function effects(tenant: string): Promise<string[]> {
  const rows = await listener.sql<{ note: string }>('select note from effect where tenant_id = $1 order by seq', [
    tenant,
  ]);
  return rows.map(({ note }) => note);
}

async function facts(where = 'true'): Promise<string[]> {
  const rows = await owner.sql<{ id: string }>(`select id from kit.outbox where ${where}`);
  return rows.map(({ id }) => id).sort();
}

/** The ids in the stream, in its order. */
async function onTheBus(): Promise<string[]> {
  const { state } = await manager.streams.info(stream);
  if (state.messages < (await facts()).length) return [];
  const ids: string[] = [];
  for (let seq = state.first_seq; seq <= state.last_seq; seq++)
    ids.push((await manager.streams.getMessage(stream, { seq }))!.header.get('ce-id'));
  return ids;
}

/** Longer than a listener may take to miss a consumer that went with its stream (30 s), on a busy machine. */
async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 75_000;
  while (!(await condition().catch(() => false))) {
    if (Date.now() > deadline) throw new Error(`It never happened: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const isFullAgain = () =>
  until(async () => {
    const stored = new Set(await onTheBus());
    return (await facts()).every((id) => stored.has(id));
  }, 'every kept fact is on the bus');

/** Every fact took effect at the listener, once, and stands in the journal, once. */
async function expectConverged(): Promise<void> {
  const told = await facts();
  const handled = () => listener.sql<{ event_id: string }>('select event_id from effect');
  const recorded = () =>
    recorder.sql<{ event_id: string }>('select event_id from entry where type = $1', [TenantSignedUp.type]);
  await isFullAgain();
  // A consumer that is not there again has nothing pending: drain alone would be content.
  await until(async () => (await handled()).length >= told.length, 'the listener has heard of every fact');
  await until(async () => (await recorded()).length >= told.length, 'every fact is in the journal');
  await world.drain(40_000);
  for (const rows of [await handled(), await recorded()])
    expect(rows.map(({ event_id }) => event_id).sort()).toEqual(told);
}

test('with all of JetStream deleted in the middle of a run, no fact is lost, none has a second effect, and each tenant keeps its order', async () => {
  const tenants = someTenants(60);
  await tell(tenants, '1', '2');
  await world.drain();
  const wiping = world.nats.restartEmpty();
  await tell(tenants, '3');
  await wiping;
  await tell(tenants, '4', '5');
  await expectConverged();
  for (const tenant of tenants) expect(await effects(tenant)).toEqual(['1', '2', '3', '4', '5']);
  const order = await onTheBus();
  for (const tenant of tenants) {
    const told = await owner.sql<{ id: string }>('select id from kit.outbox where tenant_id = $1 order by seq', [
      tenant,
    ]);
    const firstSeen = told.map(({ id }) => order.indexOf(id));
    expect(firstSeen).toEqual([...firstSeen].sort((a, b) => a - b));
  }
});

test('a bus that is wiped while nobody has anything to say is filled again, and a listener without memory learns all of it', async () => {
  await tell(someTenants(5), 'said before');
  await world.drain();
  await listener.sql('delete from kit.inbox');
  await listener.sql('delete from effect');
  await world.nats.restartEmpty();
  await expectConverged();
});

test('a stream that somebody deletes under the running system is noticed with the next fact', async () => {
  await world.drain();
  await manager.streams.delete(stream);
  const [tenant] = someTenants(1);
  await tell([tenant!], 'after');
  await expectConverged();
});

test('streams put back from an older backup get again what they had lost', async () => {
  await tell(someTenants(3), 'in the backup');
  await world.drain();
  await world.nats.backUp();
  const late = someTenants(20);
  await tell(late, 'not in the backup');
  await world.drain();
  await world.nats.restartFromBackup();
  await expectConverged();
});

test('a stream exchanged between two looks is noticed by the number of its first acknowledgement', async () => {
  await world.drain();
  Reflect.set(Reflect.get(owner.kit.relay, 'refill') as object, 'nextLookMs', Infinity);
  await manager.streams.delete(stream);
  await ensureStream(manager, 'signup', 1);
  await tell(someTenants(1), 'after');
  await expectConverged();
});

test('a fact that is published again after the window for duplicates lies on the bus twice and takes effect once', async () => {
  await manager.streams.update(stream, { duplicate_window: nanos(100) });
  const [tenant] = someTenants(1);
  await tell([tenant!], 'twice');
  await world.drain();
  const [id] = await facts(`tenant_id = '${tenant}'`);
  await until(async () => {
    await owner.sql('update kit.outbox set published_at = null where id = $1', [id]);
    await world.drain();
    return (await onTheBus()).filter((each) => each === id).length > 1;
  }, 'the bus has it twice');
  expect(await effects(tenant!)).toEqual(['twice']);
  await expectConverged();
});

test('a refill that is interrupted goes on where it stopped', async () => {
  await owner.sql(
    `insert into kit.outbox (id, tenant_id, type, subject, data, headers, occurred_at, published_at)
     select id, tenant, $1, 'latchkey.' || $1 || '.' || tenant, data,
       jsonb_build_object('ce-id', id, 'ce-type', $1::text, 'ce-subject', tenant, 'ce-time', now()), now(), now()
     from (select gen_random_uuid() as id, 'tenant_many' || lpad((n % 200)::text, 3, '0') as tenant,
       jsonb_build_object('plan', 'starter', 'region', 'eu', 'terms_version', '1', 'verification_id', n::text) as data
       from generate_series(1, 2000) n) as facts`,
    [TenantSignedUp.type],
  );
  // Late in the refill its place cannot be noted down any more, as if the process ended between the two.
  await owner.sql(`create function kit.interrupt() returns trigger language plpgsql as $$ begin
    if new.refill_tenant > 'tenant_many150' then raise exception 'interrupted'; end if; return new; end $$`);
  await owner.sql('create trigger interrupt before update on kit.stream for each row execute function kit.interrupt()');
  const sent = async () =>
    (await outboxPublished.get()).values.find(({ labels }) => labels['service'] === 'signup')!.value;
  const sentBefore = await sent();
  await manager.streams.delete(stream);
  await tell(someTenants(1), 'new');
  const allButTheEnd = (await facts(`tenant_id < 'tenant_many140'`)).length;
  await until(async () => (await sent()) - sentBefore > allButTheEnd + 256, 'the refill was interrupted');
  await owner.sql('drop trigger interrupt on kit.stream');
  await isFullAgain();
  // What was on its way is published again, and not what was noted down.
  expect((await sent()) - sentBefore).toBeLessThan((await facts()).length + 4 * 256);
});
