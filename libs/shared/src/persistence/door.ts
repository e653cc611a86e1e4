import type { Transaction } from '@mikro-orm/core';
import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { crashPoint } from '../crash/crash-point.js';
import { commits, transactions } from '../observability/metrics.js';
import { Clock } from '../time/clock.js';
import { within } from '../time/within.js';
import { gatherFor, type Gathering } from './gathering.js';
import { GroupCommit, memberOf, type Member } from './group-commit.js';
import { isDoorOpen, runInDoor, type OpenDoor, type PendingJob } from './transaction.js';
import { writeOutbox } from './outbox.js';

/** Whoever must be told at once that a commit left something to do: the relay and the job queues. */
export interface AfterCommit {
  writeJobs(em: EntityManager, jobs: PendingJob[]): Promise<WrittenJobs>;
  wakeRelay(): void;
}

/** Jobs of a transaction that has not ended. After `confirm` comes `start`; whatever else happens, `forget`. */
export interface WrittenJobs {
  /** The commit was answered. Throws when a statement before it failed: PostgreSQL then says nothing but has rolled back. */
  confirm(): Promise<void>;
  start(): void;
  forget(): void;
}

export interface CommitOptions {
  /** The tenant, usually: whose rows are changed. Work of different keys that waits at the same time shares a transaction. */
  sharedBy?: string | undefined;
}

/** A member that hangs must not keep the others, nor the connection, for ever; each then runs alone. */
const groupLimitMs = 15_000;

/**
 * The only place that commits (DESIGN rule 3). Changed entities, facts and jobs of one piece of work become true
 * together, or not at all; relay and queues are woken when they are.
 */
@Injectable()
export class Door {
  private after: AfterCommit | undefined;
  private readonly groups = new GroupCommit((...args) => this.transact(...args));

  constructor(
    private readonly owner: string,
    private readonly orm: MikroORM,
    private readonly clock: Clock,
  ) {}

  /** The relay and the queues come to life after the door; commits before that would leave facts waiting for the next poll. */
  tell(after: AfterCommit): void {
    this.after = after;
  }

  /**
   * Opens a transaction, runs `fn` in it and commits. Throws what `fn` throws, after a rollback. `label` names the metric.
   * With `sharedBy`, the transaction may be shared with work of other keys; `fn` may then run twice, so it must leave
   * nothing behind but what rolls back.
   */
  async commit<T>(label: string, fn: () => Promise<T> | T, { sharedBy }: CommitOptions = {}): Promise<T> {
    if (isDoorOpen()) throw new Error(`door.commit('${label}') inside another door: one piece of work, one commit.`);
    if (sharedBy !== undefined) return this.groups.join(label, sharedBy, fn);
    return (await this.transact([memberOf(label, '', fn)]))[0] as T;
  }

  private async transact(members: readonly Member[], committing?: () => void): Promise<unknown[]> {
    const em = this.orm.em.fork({ clear: true });
    await em.begin();
    // Ended past the EntityManager, which would forget it: what is still said by then is refused, and not true by itself.
    const transaction = em.getTransactionContext<Transaction>()!;
    const connection = em.getConnection();
    const gathering = members.length > 1 ? gatherFor(transaction) : undefined;
    const entered = members.map((member) => ({ ...member, door: this.openDoor(em, true, gathering) }));
    let results: unknown[];
    let written: WrittenJobs | undefined;
    try {
      results = await allInTime(
        entered.map(({ within, door, fn }) => within(door, async () => fn())),
        gathering && groupLimitMs,
      );
      await em.flush();
      const facts = entered.flatMap(({ door }) => door.facts);
      if (facts.length > 0) await writeOutbox(em, facts, this.owner, this.clock.nowIso());
      const jobs = entered.flatMap(({ door }) => door.jobs);
      if (jobs.length > 0) written = await this.jobsWriter().writeJobs(em, jobs);
      // In one turn, so that what many transactions queue for is locked for one round trip, however many members there are.
      if (entered.some(({ door }) => door.lastly.length > 0)) {
        await allInTime(
          entered.map(({ within, door }) => within(door, () => inTurn(door.lastly))),
          undefined,
        );
        await em.flush();
      }
      for (const { label } of members) crashPoint('door', label, 'before-commit');
      const committed = connection.commit(transaction);
      committing?.();
      await committed;
      await written?.confirm();
      for (const { label } of members) crashPoint('door', label, 'after-commit');
    } catch (error) {
      // A rollback fails only when the connection is gone, and then PostgreSQL has rolled back already.
      await connection.rollback(transaction).catch(() => undefined);
      written?.forget();
      throw error;
    }
    written?.start();
    this.tellOf(entered);
    return results;
  }

  private tellOf(entered: readonly { label: string; door: OpenDoor }[]): void {
    transactions.inc({ service: this.owner });
    for (const { label } of entered) commits.inc({ service: this.owner, door: label });
    const doors = entered.map(({ door }) => door);
    if (doors.some(({ facts }) => facts.length > 0)) this.after?.wakeRelay();
    for (const { afterCommit } of doors) for (const fn of afterCommit) fn();
  }

  /** em() and sql() without a transaction, for answering. Nothing can be recorded or changed through it. */
  async read<T>(_label: string, fn: () => Promise<T>): Promise<T> {
    if (isDoorOpen()) return fn();
    const em = this.orm.em.fork({ clear: true });
    return runInDoor(this.openDoor(em, false), fn);
  }

  private openDoor(em: EntityManager, writes: boolean, gathering?: Gathering): OpenDoor {
    const now = () => this.clock.nowIso();
    const door = { owner: this.owner, em, writes, now, facts: [], jobs: [], lastly: [], afterCommit: [] };
    return gathering ? { ...door, gathering } : door;
  }

  private jobsWriter(): AfterCommit {
    if (!this.after) throw new Error('Jobs were enqueued before the service was started.');
    return this.after;
  }
}

async function inTurn(works: readonly (() => Promise<void>)[]): Promise<void> {
  for (const work of works) await work();
}

/** The results once all have ended, or the first failure: a transaction is not rolled back under statements still to come. */
async function allInTime(works: Promise<unknown>[], limitMs: number | undefined): Promise<unknown[]> {
  const ended = Promise.allSettled(works);
  const outcomes = limitMs === undefined ? await ended : await within(limitMs, ended, null);
  if (!outcomes) throw new Error(`A shared transaction took longer than ${limitMs} ms.`);
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
}
