import type { z } from 'zod';
import { withScope } from './carried-scope.js';
import { addJob } from '../persistence/transaction.js';

/**
 * Due work: a row in the service's own PostgreSQL that was committed together with the facts that caused it
 * (DESIGN section 4). Data holds ids only.
 */
export interface JobContract<Data extends z.ZodObject = z.ZodObject> {
  name: string;
  data: Data;
  /** How often it is tried in all before it goes to the dead jobs. */
  tries: number;
  /** First pause after a failure; it doubles with jitter up to `backoffMaxSeconds`. */
  backoffSeconds: number;
  backoffMaxSeconds: number;
  /** How many run at once in one process. */
  concurrency: number;
  /** After this the attempt is aborted (`run.signal`) and counts as failed. */
  timeoutSeconds: number;
  /** With true, a job whose `key` is queued already is not queued again; every job then needs a key. */
  onePerKey?: boolean;
  /** It comes again by its schedule, and that run does the work: a failure is told and counted, and waits for nobody. */
  scheduled?: boolean;
}

export type JobData<J extends JobContract> = z.infer<J['data']>;

const defaults = { tries: 8, backoffSeconds: 1, backoffMaxSeconds: 300, concurrency: 8, timeoutSeconds: 60 };

export function defineJob<Data extends z.ZodObject>(
  job: Pick<JobContract<Data>, 'name' | 'data'> & Partial<JobContract<Data>>,
): JobContract<Data> {
  return { ...defaults, ...job };
}

export interface EnqueueOptions {
  afterSeconds?: number;
  /** See `onePerKey`. */
  key?: string;
}

/**
 * Queues a job in the open door's commit; it starts right after that commit, or `afterSeconds` later. Answers with the
 * job's id; where a job with the same `key` waits already, no job will have it.
 */
export function enqueue<J extends JobContract>(job: J, data: JobData<J>, options: EnqueueOptions = {}): string {
  if (job.onePerKey && !options.key) throw new Error(`Job ${job.name} is queued once per key, so it needs one.`);
  return addJob({ queue: job.name, data: withScope(job.data.parse(data)), ...options });
}
