import { expect, test } from '@jest/globals';
import type { PgBoss } from 'pg-boss';
import { z } from 'zod';
import { Log } from '../observability/logger.js';
import { defineJob } from './job.js';
import { Queue } from './queue.js';

test('an attempt that lost its claim and ends late is not taken for the one that has the job now', async () => {
  const ends: (() => void)[] = [];
  const queue = new Queue(
    'notifier',
    defineJob({ name: 'late', data: z.object({}) }),
    () => new Promise((resolve) => ends.push(resolve)),
    { complete: () => Promise.resolve() } as unknown as PgBoss,
    undefined as never,
    new Log('notifier', 'silent'),
  );
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  queue.takeClaimed('job_1', {});
  queue.takeClaimed('job_1', {});
  await turn();
  const [first, second] = ends;
  first!();
  await turn();
  // Its heartbeats go on, and the service waits for it when it stops.
  expect(queue.isIdle).toBe(false);
  second!();
  await turn();
  expect(queue.isIdle).toBe(true);
});
