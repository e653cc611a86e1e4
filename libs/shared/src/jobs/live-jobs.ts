import { sql } from '../persistence/transaction.js';
import type { JobContract, JobData } from './job.js';

/**
 * Which of these ids a job of this queue will still do something about: it waits, runs, or will be tried again. A job can
 * die without a word to its service (its process was killed at the last try), so watches ask this. In an open door.
 */
export async function idsWithLiveJob<J extends JobContract>(
  job: J,
  field: keyof JobData<J> & string,
  ids: readonly string[],
): Promise<Set<string>> {
  const rows = await sql<{ id: string }>(
    `select distinct data->>$2 as id from pgboss.job
     where name = $1 and state in ('created', 'retry', 'active') and data->>$2 = any($3)`,
    [job.name, field, ids],
  );
  return new Set(rows.map(({ id }) => id));
}
