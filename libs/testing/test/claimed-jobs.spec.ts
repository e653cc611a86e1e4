import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { enqueue } from '@latchkey/shared/jobs';
import { record, sql } from '@latchkey/shared/persistence';
import { EmailSent } from '@latchkey/contracts';
import type { RunningService } from '@latchkey/shared/service';
import { startWorld, type World } from '../src/index.js';
import { behaviour, OneProbeJob, ProbeJob, probe } from './probe-service.js';

jest.setTimeout(60_000);

let world: World;
let service: RunningService;
beforeAll(async () => {
  world = await startWorld();
  service = await world.start(probe, {});
});
afterEach(() => {
  behaviour.onJob = async (_data, run) => run.commit(() => undefined);
});
afterAll(() => world.stop());

const commit = (fn: () => unknown) => service.kit.door.commit('spec', fn);
const statesOf = async (prefix: string) =>
  (
    await service.sql<{ state: string }>(
      `select state from pgboss.job where name = 'probe' and data->>'note' like $1 || '%' order by data->>'note'`,
      [prefix],
    )
  ).map(({ state }) => state);

test('a job belongs to the process that queued it from the commit on: nobody else can take it in between', async () => {
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  const begun: string[] = [];
  behaviour.onJob = async ({ note }, run) => {
    begun.push(note);
    await held;
    await run.commit(() => undefined);
  };
  await commit(() => enqueue(ProbeJob, { note: 'own' }));
  expect(await statesOf('own')).toEqual(['active']);
  const atOnce = await service.sql(
    `select 1 from pgboss.job where data->>'note' = 'own' and started_on = created_on and heartbeat_on = created_on`,
  );
  expect(atOnce).toHaveLength(1);
  expect(await service.kit.jobs.isIdle()).toBe(false);
  release();
  await world.drain();
  expect(begun).toEqual(['own']);
  expect(await statesOf('own')).toEqual(['completed']);
});

test('of more jobs than there are places the rest waits its turn, and each runs once', async () => {
  const begun: string[] = [];
  let most = 0;
  let now = 0;
  behaviour.onJob = async ({ note }, run) => {
    begun.push(note);
    most = Math.max(most, ++now);
    await run.commit(() => sql('select pg_sleep(0.01)'));
    now--;
  };
  const notes = Array.from(
    { length: 5 * ProbeJob.concurrency },
    (_, index) => `many-${String(index).padStart(2, '0')}`,
  );
  await commit(() => notes.forEach((note) => enqueue(ProbeJob, { note })));
  await Promise.all(notes.map((note) => commit(() => enqueue(ProbeJob, { note: note.replace('many', 'more') }))));
  await world.drain();
  expect(begun.sort()).toEqual([...notes, ...notes.map((note) => note.replace('many', 'more'))].sort());
  expect(most).toBeLessThanOrEqual(ProbeJob.concurrency);
});

test('what is rolled back starts nothing and leaves its places to others', async () => {
  const begun: string[] = [];
  behaviour.onJob = async ({ note }, run) => {
    begun.push(note);
    await run.commit(() => undefined);
  };
  for (let round = 0; round < 3 * ProbeJob.concurrency; round++) {
    await expect(
      commit(async () => {
        enqueue(ProbeJob, { note: 'ghost' });
        await sql('select 1/0');
      }),
    ).rejects.toThrow('division by zero');
    // Written with the jobs already, and refused by PostgreSQL with the commit only.
    await expect(
      commit(() => {
        enqueue(ProbeJob, { note: `ghost \u0000` });
      }),
    ).rejects.toThrow();
  }
  await commit(() => enqueue(ProbeJob, { note: 'real' }));
  await world.drain();
  expect(begun).toEqual(['real']);
  expect(await statesOf('ghost')).toEqual([]);
});

test('of two jobs with one key, queued while the first waits, the second is not there', async () => {
  const begun: string[] = [];
  behaviour.onJob = async ({ note }, run) => {
    begun.push(note);
    await run.commit(() => undefined);
  };
  await commit(() => enqueue(OneProbeJob, { note: 'key-1' }, { key: 'k', afterSeconds: 3_600 }));
  await commit(() => {
    enqueue(OneProbeJob, { note: 'key-2' }, { key: 'k' });
    record(EmailSent, 'tenant_1', { message_id: 'm', template: 'probe' });
  });
  await world.drain();
  expect(begun).toEqual([]);
  // The place kept for it is free again.
  await commit(() => enqueue(OneProbeJob, { note: 'key-3' }, { key: 'another' }));
  await world.drain();
  expect(begun).toEqual(['key-3']);
});
