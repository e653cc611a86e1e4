import { AsyncLocalStorage } from 'node:async_hooks';
import type { JobWithMetadata, PgBoss } from 'pg-boss';
import { crashPoint } from '../crash/crash-point.js';
import { GiveUp, RetryLater, stoppedForMs } from '../errors/vendor-errors.js';
import { isInfrastructureFailure } from '../errors/infrastructure.js';
import type { Log } from '../observability/logger.js';
import { deadJobs, jobDuration, scheduledFailures } from '../observability/metrics.js';
import { runInSpan } from '../observability/tracing.js';
import type { Door } from '../persistence/door.js';
import { delay } from '../time/delay.js';
import { Wake } from '../time/wake.js';
import { splitScope } from './carried-scope.js';
import type { JobContract } from './job.js';
import { ClaimLost, JobRun } from './job-run.js';

/** How long a queue sleeps when nobody wakes it. Jobs wakes it for its own commits and for what falls due; this is the net below. */
const pollMs = 10_000;

/** A job waits so long for a vendor that is away without a try being counted; beyond it, waiting costs tries and must end. */
const vendorPatienceHours = 24;

/** What falls due later than this can wait for the look; so long a timer is kept for each job. */
const ringAheadMaxMs = 10_000;

/** Between two looks whether the commits that have reserved places have ended. */
const reservedLookMs = 10;

type Handler = (data: never, run: JobRun) => Promise<void>;

/** What is needed of a claimed job. */
type ClaimedJob = Pick<JobWithMetadata, 'id' | 'data' | 'retryLimit' | 'retryCount'>;

/**
 * Takes due jobs of one queue and works them off, at most `concurrency` at once. pg-boss keeps the rows (claims,
 * retries, expiry, dead letters); the loop is ours because its workers poll one by one, and a wake-up would cost a
 * query for each of them.
 */
export class Queue {
  private readonly wake = new Wake();
  /** By attempt and not by job: one whose claim was lost may still run when this process has the job again. */
  private readonly running = new Set<{ job: ClaimedJob; abort: AbortController; work: Promise<void> }>();
  private readonly stopping = new AbortController();
  private loop: Promise<void> = Promise.resolve();
  private heartbeat: NodeJS.Timeout | undefined;
  private backlog = false;
  /** Places of jobs whose commit is under way. */
  private reserved = 0;
  /** A job that begins in the commit which queued it does not belong to what that commit was part of. */
  private readonly outside = AsyncLocalStorage.snapshot();

  constructor(
    private readonly service: string,
    private readonly contract: JobContract,
    private readonly handler: Handler,
    private readonly boss: PgBoss,
    private readonly door: Door,
    private readonly log: Log,
  ) {
    // From 0 on, or nobody would see the first one as an increase.
    if (contract.scheduled) scheduledFailures.inc({ service, queue: contract.name }, 0);
  }

  start(): void {
    this.loop = this.run();
    this.heartbeat = setInterval(() => void this.touch(), 4_000);
  }

  ring(): void {
    this.wake.ring();
  }

  /** For a job of this process that falls due soon: the look for all queues would find it half a second later. */
  ringAfter(ms: number): void {
    if (ms <= ringAheadMaxMs) setTimeout(() => this.ring(), ms).unref();
  }

  get name(): string {
    return this.contract.name;
  }

  get isIdle(): boolean {
    return this.running.size === 0;
  }

  /** Keeps places for as many of `wanted` jobs as there is room for, unless others wait already. Each is to be given back. */
  reserve(wanted: number): number {
    if (this.backlog || !this.heartbeat || this.stopping.signal.aborted) return 0;
    const places = Math.min(wanted, this.free);
    this.reserved += places;
    return places;
  }

  giveBack(places: number): void {
    this.reserved -= places;
  }

  /** A job that this process has claimed while it was queued. */
  takeClaimed(id: string, data: object): void {
    this.outside(() => this.take({ id, data, retryCount: 0, retryLimit: this.contract.tries - 1 }));
  }

  private get free(): number {
    return Math.max(0, this.contract.concurrency - this.running.size - this.reserved);
  }

  /** Takes nothing new, waits for what runs, and after `graceMs` aborts it; aborted jobs come back by their heartbeat. */
  async stop(graceMs: number): Promise<void> {
    this.stopping.abort();
    this.wake.ring();
    await this.loop;
    const deadline = performance.now() + graceMs;
    while (this.reserved > 0 && performance.now() < deadline) await delay(reservedLookMs);
    const finished = new AbortController();
    const all = Promise.allSettled([...this.running].map((entry) => entry.work)).then(() => finished.abort());
    await Promise.race([all, delay(graceMs, finished.signal)]);
    for (const entry of this.running) entry.abort.abort();
    clearInterval(this.heartbeat);
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const free = this.free;
      let taken = 0;
      if (free > 0) {
        try {
          const jobs = await this.boss.fetch<object>(this.contract.name, { batchSize: free, includeMetadata: true });
          taken = jobs.length;
          for (const job of jobs) this.take(job);
        } catch (error) {
          this.log.warn('Jobs cannot be fetched; trying again.', { queue: this.contract.name, err: error });
          await delay(1_000, this.stopping.signal);
        }
      }
      // Only then can there be more than what was taken; otherwise looking again after each job would find nothing.
      this.backlog = taken === free;
      if (taken < free || free === 0) await this.wake.wait(pollMs);
    }
  }

  private take(job: ClaimedJob): void {
    const abort = new AbortController();
    const work = this.attempt(job, abort).finally(() => {
      this.running.delete(entry);
      if (this.backlog) this.wake.ring();
    });
    const entry = { job, abort, work };
    this.running.add(entry);
  }

  private async attempt(job: ClaimedJob, abort: AbortController): Promise<void> {
    const timer = setTimeout(() => abort.abort(), this.contract.timeoutSeconds * 1_000);
    const stopTimer = jobDuration.startTimer({ service: this.service, queue: this.contract.name });
    const tries = job.retryLimit + 1;
    const run = new JobRun(
      this.contract.name,
      job.id,
      job.retryCount + 1,
      job.retryCount + 1 >= tries,
      abort.signal,
      job.retryCount,
      this.boss,
      this.door,
    );
    try {
      const { data, from } = splitScope(job.data as object);
      const facts = {
        kind: 'consumer',
        name: `job ${this.contract.name}`,
        attributes: { service: this.service },
      } as const;
      await runInSpan(facts, { ...from, causationId: `job_${job.id}` }, async () => {
        crashPoint('job', this.contract.name, 'claimed');
        await this.handler(this.contract.data.parse(data) as never, run);
      });
      if (!run.completed) {
        crashPoint('job', this.contract.name, 'completing');
        await this.boss.complete(this.contract.name, { id: job.id, retryCount: job.retryCount });
        crashPoint('job', this.contract.name, 'done');
      }
      stopTimer({ outcome: 'done' });
    } catch (error) {
      stopTimer({ outcome: 'failed' });
      await this.fail(job, run, error).catch((failure: unknown) => {
        // The claim then runs out by its heartbeat, and the job comes back.
        this.log.warn('A failed job could not be marked.', { queue: this.contract.name, job: job.id, err: failure });
      });
    } finally {
      clearTimeout(timer);
    }
  }

  private async fail(job: ClaimedJob, run: JobRun, error: unknown): Promise<void> {
    const facts = { queue: this.contract.name, job: job.id, attempt: run.attempt, err: error };
    if (error instanceof ClaimLost) return this.log.warn('A job was taken over by another process.', facts);
    const reason = { reason: error instanceof Error ? error.message.slice(0, 500) : String(error).slice(0, 500) };
    const attempt = { id: job.id, retryCount: job.retryCount };
    if (isInfrastructureFailure(error) || this.stopping.signal.aborted) {
      // Our own database was away, or we are being stopped: that is not the job's fault, so it costs no try.
      this.log.warn('A job was interrupted and goes back to the queue.', facts);
      await this.giveTryBack(job);
      await this.boss.fail(this.contract.name, attempt, reason);
      return;
    }
    if (this.contract.scheduled) {
      scheduledFailures.inc({ service: this.service, queue: this.contract.name });
      this.log.warn('A scheduled job failed; its next run does the work.', facts);
      await this.boss.fail(this.contract.name, attempt, reason);
      return;
    }
    const pauseMs = stoppedForMs(error);
    if (pauseMs !== undefined && (await this.giveTryBack(job, vendorPatienceHours))) {
      this.log.info('A job waits for a vendor.', { ...facts, pause_ms: pauseMs });
      await this.boss.fail(this.contract.name, attempt, reason);
      // Exactly then, not after a growing pause: the backlog must drain when the vendor is back. Spread, or all would come at once.
      return this.startAfter(job, pauseMs * (1 + Math.random() / 10), false);
    }
    if (error instanceof GiveUp || run.lastAttempt) {
      deadJobs.inc({ service: this.service, queue: this.contract.name });
      this.log.error('A job is given up.', facts);
      await this.boss
        .getDb()
        .executeSql(
          `update pgboss.job set retry_limit = retry_count where name = $1 and id = $2 and state = 'active'`,
          [this.contract.name, job.id],
        );
      await this.boss.fail(this.contract.name, attempt, reason);
      return;
    }
    this.log.warn('A job failed and will be tried again.', facts);
    await this.boss.fail(this.contract.name, attempt, reason);
    if (error instanceof RetryLater && error.retryAfterMs !== undefined)
      await this.startAfter(job, error.retryAfterMs, true);
  }

  /** Before the failure is told: a job at its last try would be dead with it. False for one that is older than `withinHours`. */
  private async giveTryBack(job: ClaimedJob, withinHours?: number): Promise<boolean> {
    const { rows } = await this.boss.getDb().executeSql(
      `update pgboss.job set retry_limit = retry_limit + 1
       where name = $1 and id = $2 and state = 'active' and ($3::int is null or created_on > now() - make_interval(hours => $3))
       returning id`,
      [this.contract.name, job.id, withinHours ?? null],
    );
    return rows.length > 0;
  }

  private async startAfter(job: ClaimedJob, ms: number, atLeast: boolean): Promise<void> {
    const then = 'now() + make_interval(secs => $3)';
    await this.boss.getDb().executeSql(
      `update pgboss.job set start_after = ${atLeast ? `greatest(start_after, ${then})` : then}
       where name = $1 and id = $2 and state = 'retry'`,
      [this.contract.name, job.id, ms / 1_000],
    );
  }

  /** Tells pg-boss that we live: without this a claim is given to another process after the queue's heartbeat limit. */
  private async touch(): Promise<void> {
    const attempts = [...this.running].map(({ job }) => ({ id: job.id, retryCount: job.retryCount }));
    if (attempts.length === 0) return;
    await this.boss.touch(this.contract.name, attempts).catch((error: unknown) => {
      this.log.warn('Heartbeats of jobs could not be sent.', { queue: this.contract.name, err: error });
    });
  }
}
