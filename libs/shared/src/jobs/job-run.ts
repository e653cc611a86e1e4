import type { PgBoss } from 'pg-boss';
import { crashPoint } from '../crash/crash-point.js';
import { isInfrastructureFailure } from '../errors/infrastructure.js';
import { stoppedForMs } from '../errors/vendor-errors.js';
import type { Door } from '../persistence/door.js';
import { currentScope } from '../observability/scope.js';
import { afterCommit, em, forAll, query } from '../persistence/transaction.js';

/** Thrown by `run.commit` when the queue gave the job to somebody else meanwhile: nothing was written. */
export class ClaimLost extends Error {}

/** One attempt at a job. */
export class JobRun {
  private done = false;

  constructor(
    readonly queue: string,
    readonly id: string,
    /** Counts from 1. */
    readonly attempt: number,
    readonly lastAttempt: boolean,
    /** Aborts when the attempt's time is up or the service stops. */
    readonly signal: AbortSignal,
    private readonly retryCount: number,
    private readonly boss: PgBoss,
    private readonly door: Door,
  ) {}

  /**
   * True when this was the last attempt and the error ends it, so that whoever runs it must tell the world what became of
   * it. What costs no try does not: our own database, a vendor that is stopped, a claim that is lost. A GiveUp is not asked
   * about here: whoever throws it on ends the job with any attempt.
   */
  endsWith(error: unknown): boolean {
    if (error instanceof ClaimLost || isInfrastructureFailure(error)) return false;
    return this.lastAttempt && stoppedForMs(error) === undefined;
  }

  get completed(): boolean {
    return this.done;
  }

  /**
   * The job's door: what `fn` does and the job's completion become true together. The queue's claim fences it: if the
   * process was thought dead and the job given to another, this throws ClaimLost and nothing is written.
   */
  commit<T>(fn: () => Promise<T> | T): Promise<T> {
    return this.door.commit(
      this.queue,
      async () => {
        const value = await fn();
        await this.completeHere();
        return value;
      },
      { sharedBy: currentScope()?.tenantId },
    );
  }

  /** The same for work that finds out only inside its transaction whether it is done: completes the job in the open door's commit. */
  async completeHere(): Promise<void> {
    const isOurs = await forAll(`complete ${this.queue}`, { id: this.id, retryCount: this.retryCount }, (claims) =>
      this.complete(claims),
    );
    if (!isOurs) throw new ClaimLost(`Job ${this.queue} ${this.id} is no longer ours.`);
    crashPoint('job', this.queue, 'completing');
    afterCommit(() => {
      this.done = true;
      crashPoint('job', this.queue, 'done');
    });
  }

  private async complete(claims: { id: string; retryCount: number }[]): Promise<boolean[]> {
    const entityManager = em();
    const response = await this.boss.complete(this.queue, claims, null, {
      db: { executeSql: async (text, values) => ({ rows: await query(entityManager, text, values ?? []) }) },
    });
    // pg-boss answers how many rows it completed, but its typings (12.38) leave the field out. Of several, each finds
    // out alone whether its claim is the lost one.
    const all = (response as { affected?: number }).affected === claims.length;
    return claims.map(() => all);
  }
}
