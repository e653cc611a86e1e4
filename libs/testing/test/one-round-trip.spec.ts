import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { EmailSent } from '@latchkey/contracts';
import { newId } from '@latchkey/shared/ids';
import { enqueue } from '@latchkey/shared/jobs';
import { lastly, record, sql } from '@latchkey/shared/persistence';
import type { RunningService } from '@latchkey/shared/service';
import { startWorld, type World } from '../src/index.js';
import { behaviour, probe, ProbeJob } from './probe-service.js';

/** `begin`, facts and jobs of a door are sent without waiting for them (persistence/pg-client.ts); this is what must still hold. */
let world: World;
let service: RunningService;

jest.setTimeout(60_000);

beforeAll(async () => {
  world = await startWorld();
  service = await world.start(probe, { DATABASE_POOL_MAX: '2' });
});
beforeEach(() => {
  behaviour.onJob = async (_data, run) => run.commit(() => undefined);
});
afterAll(() => world.stop());

const commit = <T>(fn: () => Promise<T>) => service.kit.door.commit('spec', fn);
const effects = () => service.sql<{ note: string }>('select note from effect order by seq');
const fact = () => record(EmailSent, newId('tenant'), { message_id: newId('msg'), template: 'probe' });

/** A change of a partitioned table locks its parts one by one, as the relay's look does: whom PostgreSQL ends tries again. */
async function change(statement: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await service.sql(statement);
      return;
    } catch (error) {
      if (tries === 10 || (error as { code?: unknown }).code !== '40P01') throw error;
    }
  }
}

async function refusing(table: string, work: () => Promise<void>): Promise<void> {
  await service.sql(`create or replace function refuse() returns trigger language plpgsql as
    $$ begin raise exception 'no room' using errcode = '53100'; end $$`);
  await change(`create trigger refuse before insert on ${table} for each row execute function refuse()`);
  try {
    await work();
  } finally {
    await change(`drop trigger refuse on ${table}`);
  }
}

test.each([
  ['a fact', 'kit.outbox', () => void fact()],
  ['a job', 'pgboss.job_common', () => enqueue(ProbeJob, { note: 'lost' })],
])('a door whose last statement, %s, fails says why and leaves nothing behind', async (_what, table, last) => {
  await refusing(table, async () => {
    const attempt = commit(async () => {
      await sql(`insert into effect (note) values ('half')`);
      last();
    });
    await expect(attempt).rejects.toMatchObject({ message: expect.stringContaining('no room') });
  });
  expect(await effects()).toEqual([]);
  // Both connections of the pool are usable again, and their next transactions are not blamed for the one before.
  for (let times = 0; times < 4; times++)
    await expect(commit(() => sql('select 1 as one'))).resolves.toEqual([{ one: 1 }]);
});

test('a door that fails after its facts were sent is told the first cause, not the aborted transaction', async () => {
  await refusing('kit.outbox', async () => {
    const attempt = commit(async () => {
      fact();
      lastly(async () => void (await sql('select 1')));
    });
    await expect(attempt).rejects.toMatchObject({ message: expect.stringContaining('no room') });
  });
});

test.each([
  ['committed', () => undefined, { status: 'fulfilled' }],
  ['failed', () => Promise.reject(new Error('left')), { status: 'rejected' }],
])('what a door leaves running when it has %s changes nothing any more', async (_how, ending, end) => {
  let goOn = () => {};
  const held = new Promise<void>((resolve) => (goOn = resolve));
  let leftBehind: Promise<unknown> | undefined;
  const attempt = commit(() => {
    leftBehind = held.then(() => sql(`insert into effect (note) values ('late')`));
    return Promise.resolve(ending());
  });
  expect((await Promise.allSettled([attempt]))[0]).toMatchObject(end);
  goOn();
  await expect(leftBehind).rejects.toThrow('told to end');
  expect(await effects()).toEqual([]);
});

test('a statement prepared long ago survives a change of its table by a newer replica', async () => {
  const look = () => commit(() => sql('select * from effect where seq > $1', [0]));
  for (let times = 0; times < 8; times++) await look();
  await service.sql('alter table effect add column extra text');
  // The first look on the old connection may fail, as a failure that costs no message or job a try; the next is right.
  await look().catch((error: Error) => expect(error.message).toContain('cached plan'));
  await expect(look()).resolves.toEqual([]);
  await service.sql('alter table effect drop column extra');
});

test('statements of any number keep their own results', async () => {
  for (let n = 1; n <= 500; n++)
    for (let times = 0; times < (n % 5) + 1; times++)
      expect(await service.sql(`select $1::int + ${n} as sum`, [times])).toEqual([{ sum: times + n }]);
});
