import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { Migration } from '@mikro-orm/migrations';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect, nanos, nkeyAuthenticator, type NatsConnection } from '@nats-io/transport-node';
import { createUser } from '@nats-io/nkeys';
import { Client } from 'pg';
import {
  busAuthorization,
  busConsumers,
  busIdentities,
  ContactCards,
  OpenCheckout,
  owners,
  streamOf,
  subjectOf,
  TenantSignedUp,
  type BusIdentity,
  type EventData,
  type Owner,
  type QuestionReply,
  type QuestionRequest,
} from '@latchkey/contracts';
import { CommonConfig } from '@latchkey/shared/config';
import { Answers, Bus, BusKeeper, OnEvent, Questions, type Fact } from '@latchkey/shared/messaging';
import { Log } from '@latchkey/shared/observability';
import { record, sql } from '@latchkey/shared/persistence';
import { createService, defineService, type RunningService } from '@latchkey/shared/service';
import { createTestDatabase, startTestNats, testPostgres, type TestDatabase, type TestNats } from '../src/index.js';

/** A service that is taken over can do what its contracts say, and nothing else: not on the bus, not in a database. */
jest.setTimeout(60_000);

const keys = new Map(busIdentities.map((identity) => [identity, createUser()]));
const seedOf = (identity: BusIdentity) => new TextDecoder().decode(keys.get(identity)!.getSeed());

@Controller()
class Listener {
  @OnEvent(TenantSignedUp)
  async signedUp(_data: EventData<typeof TenantSignedUp>, fact: Fact): Promise<void> {
    await sql('insert into heard (tenant_id) values ($1)', [fact.tenantId]);
  }
}

@Controller()
class Answerer {
  @Answers(ContactCards)
  async cards(_request: QuestionRequest<typeof ContactCards>): Promise<QuestionReply<typeof ContactCards>> {
    return { cards: [] };
  }
}

class Migration20261128000001_heard extends Migration {
  override up(): void {
    this.addSql('create table heard (id bigint generated always as identity, tenant_id text)');
  }
}

const service = (name: Owner, controller: typeof Listener | typeof Answerer) =>
  defineService({
    name,
    config: CommonConfig,
    entities: [],
    migrations: [Migration20261128000001_heard],
    module: () => ({ controllers: [controller] }),
  });

let nats: TestNats;
let keeper: BusKeeper;
const databases: TestDatabase[] = [];
let signup: RunningService;
let billing: RunningService;
let billingUrl: string;

/** Roles belong to the cluster that all specs share, so their names are this process's own. */
const roleOf = (name: Owner) => `${name}_${process.pid}`;

beforeAll(async () => {
  nats = await startTestNats({ authorization: busAuthorization((identity) => keys.get(identity)!.getPublicKey()) });
  const log = new Log('bus-keeper', (process.env['TEST_LOG_LEVEL'] as 'warn' | undefined) ?? 'silent');
  keeper = new BusKeeper(new Bus('bus-keeper', { url: nats.url, nkeySeed: seedOf('bus-keeper') }, 1, log), log);
  keeper.start();
  signup = await startAs('signup', Answerer);
  billing = await startAs('billing-webhooks', Listener);
});
afterAll(async () => {
  await Promise.all([signup, billing].map((running) => running?.stop()));
  await keeper.stop();
  await nats.stop();
  await Promise.all(databases.map((database) => database.drop()));
  for (const name of ['signup', 'billing-webhooks'] as const) await asAdmin(`drop role if exists "${roleOf(name)}"`);
});

async function startAs(name: Owner, controller: typeof Listener | typeof Answerer): Promise<RunningService> {
  const database = await createTestDatabase(name);
  databases.push(database);
  await asAdmin(`create role "${roleOf(name)}" login`);
  const url = new URL(database.url);
  url.username = roleOf(name);
  if (name === 'billing-webhooks') billingUrl = url.href;
  const running = await createService(service(name, controller), {
    NODE_ENV: 'test',
    PORT: '0',
    PUBLIC_URL: 'http://localhost',
    LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
    DATABASE_URL: url.href,
    MIGRATIONS_DATABASE_URL: database.url,
    NATS_URL: nats.url,
    NATS_NKEY_SEED: seedOf(name),
  });
  await running.listening;
  return running;
}

async function asAdmin(text: string): Promise<void> {
  await query(await testPostgres(), text);
}

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

async function connectAs(identity: BusIdentity): Promise<NatsConnection> {
  const authenticator = nkeyAuthenticator(keys.get(identity)!.getSeed());
  return connect({ servers: nats.url, authenticator, inboxPrefix: `_INBOX_${identity}`, reconnect: false });
}

async function eventually(holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline;) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('It does not come true.');
}

const signedUp = { plan: 'starter', region: 'eu', terms_version: '1', verification_id: 'v' } as const;
const heard = (tenantId: string) => async () =>
  (await billing.sql('select 1 from heard where tenant_id = $1', [tenantId])).length === 1;

test('with an identity and a role of its own a service does all of its work: facts, consumers, questions, housekeeping', async () => {
  await signup.kit.door.commit('spec', () => void record(TenantSignedUp, 'tenant_1', signedUp));
  await eventually(heard('tenant_1'));
  await expect(billing.get(Questions).ask(ContactCards, { tenant_ids: ['tenant_1'] })).resolves.toEqual({ cards: [] });
  const partitions = `select 1 from pg_inherits where inhparent = 'kit.outbox'::regclass`;
  expect((await billing.sql(partitions)).length).toBeGreaterThan(7);
});

test('a question that its contract does not let a service ask fails before it is sent', async () => {
  const request = { tenant_id: 'tenant_1', plan: 'starter', email: 'a@b.example', company_name: 'A' } as const;
  const notIts = { ...OpenCheckout, owner: 'workspace', askedBy: ['signup'] } as const;
  await expect(billing.get(Questions).ask(notIts, request)).rejects.toThrow('must not ask');
});

test('a bus that was wiped is made again by the keeper and filled by the outbox', async () => {
  await nats.restartEmpty();
  await signup.kit.door.commit('spec', () => void record(TenantSignedUp, 'tenant_2', signedUp));
  await eventually(heard('tenant_2'));
});

test('what another release or a hand has left of a stream or a consumer is brought back by the keeper', async () => {
  const connection = await connectAs('bus-keeper');
  const { streams, consumers } = await jetstreamManager(connection, { checkAPI: false });
  const stream = streamOf('signup');
  const settings = async () => {
    const { max_age, duplicate_window, max_msg_size } = (await streams.info(stream)).config;
    const { ack_wait, max_deliver } = (await consumers.info(stream, 'billing-webhooks')).config;
    return JSON.stringify({ max_age, duplicate_window, max_msg_size, ack_wait, max_deliver });
  };
  const before = await settings();
  await streams.update(stream, { max_age: nanos(3_600_000), duplicate_window: nanos(1_000), max_msg_size: 1_024 });
  // After two deliveries it would be gone: events that wait for a newer release, and those of a taker that died.
  await consumers.update(stream, 'billing-webhooks', { ack_wait: nanos(60_000), max_deliver: 2 });
  expect(await settings()).not.toBe(before);
  await eventually(async () => (await settings()) === before);
  await connection.close();
});

test.each(owners)('the bus refuses %s what is not its own', async (name) => {
  const connection = await connectAs(name);
  const other = owners.find((owner) => owner !== name)!;
  const foreign = busConsumers().filter((consumer) => consumer.service !== name);
  const requests = [
    ...owners.filter((owner) => owner !== name).map((owner) => `latchkey.${owner}.made-up.v1.tenant_1`),
    ...foreign.flatMap(({ stream, durable }) => [
      `$JS.API.CONSUMER.INFO.${stream}.${durable}`,
      `$JS.API.CONSUMER.MSG.NEXT.${stream}.${durable}`,
      `$JS.ACK.${stream}.${durable}.1.1.1.1.0`,
    ]),
    ...[streamOf(name), streamOf(other)].flatMap((stream) => [
      ...['CREATE', 'UPDATE', 'DELETE', 'PURGE', 'MSG.GET', 'MSG.DELETE'].map(
        (verb) => `$JS.API.STREAM.${verb}.${stream}`,
      ),
      `$JS.API.DIRECT.GET.${stream}`,
      `$JS.API.CONSUMER.CREATE.${stream}.${name}`,
      `$JS.API.CONSUMER.CREATE.${stream}`,
      `$JS.API.CONSUMER.DURABLE.CREATE.${stream}.${name}`,
      `$JS.API.CONSUMER.DELETE.${stream}.${name}`,
    ]),
    `latchkey.hint.made-up.tenant_1`,
    `latchkey.wake.${other}.relay`,
  ];
  const refused = requests.map((subject) => expect(connection.request(subject)).rejects.toThrow(/permission/i));
  await Promise.all(refused);
  for (const subject of [
    '>',
    'latchkey.>',
    `latchkey.${other}.>`,
    `latchkey.ask.${other}.*`,
    `_INBOX_${other}.>`,
    '$JS.ACK.>',
  ]) {
    const subscription = connection.subscribe(subject);
    await expect(subscription.closed).resolves.toMatchObject({
      message: expect.stringMatching(/permission/i) as unknown,
    });
  }
  await connection.close();
});

test('the keeper can make streams and consumers, but neither publish an event nor read, delete or purge', async () => {
  const connection = await connectAs('bus-keeper');
  const { stream, durable } = busConsumers()[0]!;
  for (const subject of [
    subjectOf(TenantSignedUp, 'tenant_1'),
    `$JS.API.CONSUMER.MSG.NEXT.${stream}.${durable}`,
    `$JS.API.STREAM.DELETE.${stream}`,
    `$JS.API.STREAM.PURGE.${stream}`,
    `$JS.API.STREAM.MSG.GET.${stream}`,
  ])
    await expect(connection.request(subject)).rejects.toThrow(/permission/i);
  await connection.close();
});

test('nobody connects without a key, or with one the bus does not know', async () => {
  const stranger = nkeyAuthenticator(createUser().getSeed());
  await expect(connect({ servers: nats.url, reconnect: false })).rejects.toThrow(/authorization/i);
  await expect(connect({ servers: nats.url, authenticator: stranger, reconnect: false })).rejects.toThrow(
    /authorization/i,
  );
});

test.each([
  ['a new table', 'create table mine (id int)'],
  ['a new schema', 'create schema mine'],
  ['a table of its own, gone', 'drop table heard'],
  ['a table of its own, changed', 'alter table heard add column spy text'],
  ['a table of its own, emptied at once', 'truncate heard'],
  ['the outbox, gone', 'drop table kit.outbox'],
  ['the audit, rewritten', `update kit.operator_audit set reason = ''`],
  ['the audit, shortened', 'delete from kit.operator_audit'],
  ['a migration, made up', `insert into mikro_orm_migrations (name) values ('made up')`],
  ['a role', 'create role mine superuser'],
  ['a file of the server', `copy heard from '/etc/passwd'`],
])('the database refuses a service: %s', async (_what, text) => {
  await expect(query(billingUrl, text)).rejects.toThrow(/permission denied|must be owner/);
});

test('a service cannot connect to the database of another', async () => {
  const url = new URL(databases[0]!.url);
  url.username = roleOf('billing-webhooks');
  await expect(query(url.href, 'select 1')).rejects.toThrow(/permission denied for database/);
});

test('a service with a handler for what its contracts do not let it hear does not start', async () => {
  const database = await createTestDatabase('curious');
  databases.push(database);
  const start = createService(service('workspace', Listener), {
    ...{ PORT: '0', PUBLIC_URL: 'http://localhost', LOG_LEVEL: 'silent', DATABASE_URL: database.url },
    ...{ NATS_URL: nats.url, NATS_NKEY_SEED: seedOf('workspace') },
  });
  await expect(start).rejects.toThrow('workspace listens to signup.tenant-signed-up.v1: add it');
});

test('a service that does not migrate itself refuses a database that is behind, and takes one that is not', async () => {
  const database = await createTestDatabase('behind');
  databases.push(database);
  const env = {
    PORT: '0',
    PUBLIC_URL: 'http://localhost',
    LOG_LEVEL: 'silent',
    NATS_URL: nats.url,
    NATS_NKEY_SEED: seedOf('billing-webhooks'),
    MIGRATE_AT_START: 'false',
  };
  const start = (url: string) => createService(service('billing-webhooks', Listener), { ...env, DATABASE_URL: url });
  await expect(start(database.url)).rejects.toThrow(/is not migrated \(.*Migration20261128000001_heard\)/);
  const replica = await start(billingUrl);
  // A connection to the bus that is still being opened would outlive the service.
  await replica.listening;
  await replica.stop();
});
