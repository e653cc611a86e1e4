import type { EntityManager } from '@mikro-orm/postgresql';
import { query, type PendingJob } from '../persistence/transaction.js';
import type { Queue } from './queue.js';

/** What pg-boss' own fetch does to a row, and under the same conditions: a trigger may have put a job off. */
const claimRows = `
  update pgboss.job set state = 'active', started_on = pgboss.job_now(), heartbeat_on = pgboss.job_now()
  where name = $1 and id = any($2::uuid[]) and state = 'created' and not blocked and start_after <= pgboss.job_now()
  returning id`;

/**
 * Jobs that the process which queues them takes in the same transaction, as far as its queue has room: looking for them
 * afterwards would cost another transaction. A process that dies with them loses them as it loses any claim, to whoever
 * misses its heartbeat.
 */
export class Claim {
  private readonly mine: readonly PendingJob[];
  private readonly claimed: Promise<{ id: string }[]>;
  private written: readonly PendingJob[] = [];
  /** Due, and without a place here. */
  private readonly left: number;

  constructor(
    private readonly queue: Queue,
    private readonly jobs: readonly PendingJob[],
    em: EntityManager,
  ) {
    const due = jobs.filter(({ afterSeconds }) => !afterSeconds);
    this.mine = due.slice(0, queue.reserve(due.length));
    this.left = due.length - this.mine.length;
    const ids = this.mine.map(({ id }) => id);
    // Not waited for: it travels with the commit, and is answered before it. What it failed with, `confirm` throws.
    this.claimed = ids.length > 0 ? query(em, claimRows, [queue.name, ids]) : Promise.resolve([]);
    this.claimed.catch(() => undefined);
  }

  async confirm(): Promise<void> {
    // One whose key waits in the queue already was not written.
    const ids = new Set((await this.claimed).map(({ id }) => id));
    this.written = this.mine.filter(({ id }) => ids.has(id));
  }

  start(): void {
    this.forget();
    for (const { id, data } of this.written) this.queue.takeClaimed(id, data);
    if (this.left > 0) this.queue.ring();
    for (const { afterSeconds } of this.jobs) if (afterSeconds) this.queue.ringAfter(afterSeconds * 1_000);
  }

  forget(): void {
    this.queue.giveBack(this.mine.length);
  }
}
