import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { crashPoint } from '../crash/crash-point.js';
import { commits } from '../observability/metrics.js';
import { currentScope, newScope } from '../observability/scope.js';
import { Clock } from '../time/clock.js';
import { isDoorOpen, runInDoor, type OpenDoor, type PendingJob } from './transaction.js';
import { writeOutbox } from './outbox.js';

/** Whoever must be told at once that a commit left something to do: the relay and the job queues. */
export interface AfterCommit {
  writeJobs(em: EntityManager, jobs: PendingJob[]): Promise<void>;
  wakeQueues(queues: Iterable<string>): void;
  wakeRelay(): void;
}

/**
 * The only place that commits (DESIGN rule 3). Changed entities, facts and jobs of one piece of work become true
 * together, or not at all; relay and queues are woken when they are.
 */
@Injectable()
export class Door {
  private after: AfterCommit | undefined;

  constructor(
    private readonly owner: string,
    private readonly orm: MikroORM,
    private readonly clock: Clock,
  ) {}

  /** The relay and the queues come to life after the door; commits before that would leave facts waiting for the next poll. */
  tell(after: AfterCommit): void {
    this.after = after;
  }

  /** Opens a transaction, runs `fn` in it and commits. Throws what `fn` throws, after a rollback. `label` names the metric. */
  async commit<T>(label: string, fn: () => Promise<T> | T): Promise<T> {
    if (isDoorOpen()) throw new Error(`door.commit('${label}') inside another door: one piece of work, one commit.`);
    const em = this.orm.em.fork({ clear: true });
    const door = this.openDoor(em, true);
    await em.begin();
    let result: T;
    try {
      result = await runInDoor(door, async () => {
        const value = await fn();
        await em.flush();
        return value;
      });
      if (door.facts.length > 0)
        await writeOutbox(em, door.facts, this.owner, currentScope() ?? newScope(), this.clock.nowIso());
      if (door.jobs.length > 0) await this.jobsWriter().writeJobs(em, door.jobs);
      await runInDoor(door, async () => {
        for (const fn of door.lastly) await fn();
      });
      crashPoint('door', label, 'before-commit');
      await em.commit();
      crashPoint('door', label, 'after-commit');
    } catch (error) {
      // A rollback fails only when the connection is gone, and then PostgreSQL has rolled back already.
      await em.rollback().catch(() => undefined);
      throw error;
    }
    commits.inc({ service: this.owner, door: label });
    if (door.facts.length > 0) this.after?.wakeRelay();
    if (door.jobs.length > 0) this.after?.wakeQueues(new Set(door.jobs.map((job) => job.queue)));
    for (const fn of door.afterCommit) fn();
    return result;
  }

  /** em() and sql() without a transaction, for answering. Nothing can be recorded or changed through it. */
  async read<T>(_label: string, fn: () => Promise<T>): Promise<T> {
    if (isDoorOpen()) return fn();
    const em = this.orm.em.fork({ clear: true });
    return runInDoor(this.openDoor(em, false), fn);
  }

  private openDoor(em: EntityManager, writes: boolean): OpenDoor {
    const now = () => this.clock.nowIso();
    return { owner: this.owner, em, writes, now, facts: [], jobs: [], lastly: [], afterCommit: [] };
  }

  private jobsWriter(): AfterCommit {
    if (!this.after) throw new Error('Jobs were enqueued before the service was started.');
    return this.after;
  }
}
