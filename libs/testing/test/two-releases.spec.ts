import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { jetstream, jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { hearsNoMore, streamOf, subjectFilterOf, TenantSignedUp, VerificationRequested } from '@latchkey/contracts';
import { newEventId, newId } from '@latchkey/shared/ids';
import { ReadDeadLetters } from '@latchkey/shared/operator';
import type { RunningService } from '@latchkey/shared/service';
import { startWorld, type World } from '../src/index.js';
import { behaviour, olderProbe, probe } from './probe-service.js';
import { journal } from './traffic-services.js';

/** While a release rolls, its replicas share each durable consumer with those of the release before. */
let world: World;
let newer: RunningService;
let connection: NatsConnection;
let manager: JetStreamManager;
const stream = streamOf('signup');
const calm = { ...behaviour };
const unheardOf = 'signup.unheard-of.v1';

beforeAll(async () => {
  world = await startWorld();
  connection = await connect({ servers: world.nats.url });
  manager = await jetstreamManager(connection);
  newer = await world.start(probe);
});
afterAll(async () => {
  await connection.close();
  await world.stop();
});

const someTenants = (count: number) => Array.from({ length: count }, () => newId('tenant'));

const signUp = (tenant: string) =>
  world.publish(TenantSignedUp, tenant, { plan: 'starter', region: 'eu', terms_version: '1', verification_id: 'once' });

/** A newer release of signup tells it, and no contract here has it. */
const tellUnheardOf = (tenant: string) =>
  world.publishRaw(`latchkey.${unheardOf}.${tenant}`, '{}', {
    'ce-id': newEventId(),
    'ce-type': unheardOf,
    'ce-subject': tenant,
  });

async function deadTenants(service: RunningService): Promise<(string | null)[]> {
  const { dead_letters } = await service.get(ReadDeadLetters).list({ limit: 100 });
  return dead_letters.map(({ tenant_id }) => tenant_id);
}

async function effects(service: RunningService, tenants: string[]): Promise<number> {
  const [row] = await service.sql<{ count: number }>(
    'select count(*)::int as count from effect where tenant_id = any($1)',
    [tenants],
  );
  return row!.count;
}

async function filtersOf(durable: string): Promise<string[]> {
  const { config } = await manager.consumers.info(stream, durable);
  return config.filter_subjects ?? [config.filter_subject!];
}

async function hasConsumer(durable: string): Promise<boolean> {
  const consumers = await manager.consumers.list(stream).next();
  return consumers.some(({ name }) => name === durable);
}

/** As the newer release would have left the consumer. */
async function widen(durable: string, filter: string): Promise<void> {
  await manager.consumers.update(stream, durable, { filter_subjects: [...(await filtersOf(durable)), filter] });
}

async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`It never happened: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('what only the newer of two releases handles reaches it, also after the older one was started again', async () => {
  const tenants = someTenants(16);
  const older = await world.start(olderProbe);
  for (const tenant of tenants.slice(0, 8)) await signUp(tenant);
  await world.drain();
  await world.stopService(older);
  const olderAgain = await world.start(olderProbe);
  for (const tenant of tenants.slice(8)) await signUp(tenant);
  await world.drain();
  expect(await effects(newer, tenants)).toBe(tenants.length);
  expect(await deadTenants(newer)).toEqual([]);
  await world.stopService(olderAgain);
});

test('an event of a type that is not known yet waits for a release that knows it, and is no dead letter', async () => {
  const recorder = await world.start(journal);
  const consumers = ['notifier', 'analytics-journal'];
  // The recorder listens in the background: until then there is no consumer to ask about.
  await until(() => hasConsumer('analytics-journal'), 'the recorder listens');
  await widen('notifier', `latchkey.${unheardOf}.*`);
  await tellUnheardOf(newId('tenant'));
  await until(async () => {
    const infos = await Promise.all(consumers.map((durable) => manager.consumers.info(stream, durable)));
    return infos.every((info) => info.num_redelivered > 0);
  }, 'both were given it, and gave it back');
  expect([...(await deadTenants(newer)), ...(await deadTenants(recorder))]).toEqual([]);
  await manager.streams.purge(stream);
  await world.stopService(recorder);
});

test('so few of them wait that the consumer goes on; the others become dead letters at once', async () => {
  const tenants = someTenants(40);
  for (const tenant of tenants) await tellUnheardOf(tenant);
  const known = someTenants(5);
  for (const tenant of known) await signUp(tenant);
  await until(async () => (await effects(newer, known)) === known.length, 'events that are known are handled');
  const fewest = tenants.length - 32;
  await until(
    async () => (await deadTenants(newer)).length >= fewest,
    'those for whom there is no place are dead letters',
  );
  const dead = await deadTenants(newer);
  expect(dead.length).toBeGreaterThanOrEqual(fewest);
  expect(dead.length).toBeLessThan(tenants.length);
  await manager.streams.purge(stream);
});

test('what nobody knows for an hour becomes a dead letter', async () => {
  await world.stopService(newer);
  const tenant = newId('tenant');
  await tellUnheardOf(tenant);
  // Given back as often as in an hour, without the pauses.
  const consumer = await jetstream(connection).consumers.get(stream, 'notifier');
  for (let times = 0; times < 200; times++) (await consumer.next({ expires: 2_000 }))!.nak();
  newer = await world.start(probe);
  await world.drain();
  expect(await deadTenants(newer)).toContain(tenant);
});

test('a handler that waited for its release has all its tries', async () => {
  await world.stopService(newer);
  const tenant = newId('tenant');
  await signUp(tenant);
  const consumer = await jetstream(connection).consumers.get(stream, 'notifier');
  for (let times = 0; times < 6; times++) (await consumer.next({ expires: 2_000 }))!.nak();
  let failures = 1;
  behaviour.onSignedUp = async () => {
    if (failures-- > 0) throw new Error('not yet');
  };
  newer = await world.start(probe);
  await world.drain();
  behaviour.onSignedUp = calm.onSignedUp;
  expect(await effects(newer, [tenant])).toBe(1);
});

test('what a service hears no more on purpose is not delivered to it, and what was is dropped', async () => {
  await world.stopService(newer);
  const [before, after] = [newId('tenant'), newId('tenant')];
  await signUp(before);
  const dropped = hearsNoMore as Partial<Record<string, readonly string[]>>;
  dropped['notifier'] = [TenantSignedUp.type, unheardOf];
  try {
    const next = await world.start(olderProbe);
    await world.drain();
    await signUp(after);
    await world.drain();
    expect(await effects(next, [before, after])).toBe(0);
    expect(await deadTenants(next)).not.toContain(before);
    expect(await filtersOf('notifier')).toEqual([subjectFilterOf(VerificationRequested)]);
  } finally {
    delete dropped['notifier'];
  }
});
