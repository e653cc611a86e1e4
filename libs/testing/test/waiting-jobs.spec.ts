import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { Breakers } from '@latchkey/shared/breakers';
import { GiveUp, RetryLater } from '@latchkey/shared/errors';
import { defineJob, enqueue } from '@latchkey/shared/jobs';
import type { RunningService } from '@latchkey/shared/service';
import { z } from 'zod';
import { startWorld, type World } from '../src/index.js';
import { behaviour, ProbeJob, probe } from './probe-service.js';

jest.setTimeout(60_000);

let world: World;
let service: RunningService;
beforeAll(async () => {
  world = await startWorld();
  service = await world.start(probe, {
    BREAKER_FAILURES: '1',
    BREAKER_PAUSE_SECONDS: '0.05',
    BREAKER_PAUSE_MAX_SECONDS: '0.05',
  });
});
afterAll(() => world.stop());

let attempts = 0;

/** Works off one job whose first `failures` attempts fail with what `fail` throws; more than the job has tries. */
async function workOff(note: string, failures: number, fail: () => Promise<void>): Promise<string | undefined> {
  attempts = 0;
  behaviour.onJob = async (_data, run) => {
    attempts += 1;
    if (attempts <= failures) await fail();
    await run.commit(() => undefined);
  };
  await service.kit.door.commit('spec', () => enqueue(ProbeJob, { note }));
  for (;;) {
    const [job] = await service.sql<{ state: string }>(
      `select state from pgboss.job where name = 'probe' and data->>'note' = $1`,
      [note],
    );
    if (job && ['completed', 'failed'].includes(job.state)) return job.state;
    await world.advance(2_000);
    await world.drain();
  }
}

const vendor = (name: string, error: () => Error) => () =>
  service
    .get(Breakers)
    .of(name)
    .run('verb', () => Promise.reject(error()));
const facts = { vendor: 'any', operation: 'verb' };

test.each([
  ['outage', () => new RetryLater('outage', facts)],
  ['refused key', () => new GiveUp('auth', facts)],
  ['used-up quota', () => new GiveUp('quota', facts)],
])('a job waits for the end of a vendor’s %s, however many tries that would have been', async (name, error) => {
  expect(await workOff(name, 2 * ProbeJob.tries, vendor(name, error))).toBe('completed');
});

test('so does one that wraps what the vendor said in an error of its own', async () => {
  const call = vendor('wrapped', () => new GiveUp('auth', facts));
  const wrapped = () =>
    call().catch((cause: unknown) => {
      throw new Error('Not given up.', { cause });
    });
  expect(await workOff('wrapped', 2 * ProbeJob.tries, wrapped)).toBe('completed');
});

test('what a vendor refuses for what it is, and a slip of ours, use up the tries as ever', async () => {
  expect(
    await workOff(
      'refused',
      1,
      vendor('refused', () => new GiveUp('refused', facts)),
    ),
  ).toBe('failed');
  expect(await workOff('slip', ProbeJob.tries, () => Promise.reject(new Error('a slip of ours')))).toBe('failed');
});

test('a job that has waited for a day is not waited for any longer', async () => {
  const call = vendor('endless', () => new RetryLater('outage', facts));
  const agedCall = async () => {
    await service.sql(`update pgboss.job set created_on = now() - interval '25 hours' where name = 'probe'`);
    await call();
  };
  expect(await workOff('endless', 100, agedCall)).toBe('failed');
  expect(attempts).toBe(ProbeJob.tries);
});

test('a database that is away at the last of all tries does not make the job a dead one', async () => {
  const away = () => Promise.reject(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }));
  expect(await workOff('away', 2 * ProbeJob.tries, away)).toBe('completed');
});

/** What the clock of pg-boss does when the minute comes. */
const scheduled = defineJob({ name: 'probe-schedule', data: z.object({}) });

test.each([
  ['a slip of ours', () => Promise.reject(new Error('a slip of ours'))],
  ['a vendor that is away', vendor('schedule', () => new RetryLater('outage', facts))],
  ['a refusal', vendor('schedule-refused', () => new GiveUp('refused', facts))],
])('a scheduled job that fails for %s leaves nothing behind, and its next run does the work', async (_why, fail) => {
  const ended: string[] = [];
  const nextRun = async (work: () => Promise<void>) => {
    behaviour.onSchedule = work;
    await service.kit.door.commit('spec', () => enqueue(scheduled, {}));
    await world.drain();
    const rows = await service.sql<{ state: string }>(
      `delete from pgboss.job where name = 'probe-schedule' returning state`,
    );
    ended.push(...rows.map(({ state }) => state));
  };
  await nextRun(fail);
  await nextRun(() => Promise.resolve());
  expect(ended).toEqual(['failed', 'completed']);
  const dead = await service.sql(`select from pgboss.job where name = 'dead-jobs' and source_name = 'probe-schedule'`);
  expect(dead).toHaveLength(0);
});

test('a scheduled job whose process died leaves no dead job either', async () => {
  const [queue] = await service.sql<{ dead_letter: string | null; retry_limit: number }>(
    `select dead_letter, retry_limit from pgboss.queue where name = 'probe-schedule'`,
  );
  expect(queue).toEqual({ dead_letter: null, retry_limit: 0 });
});
