import { ProvisioningFailed } from '@latchkey/contracts';
import { Breakers } from '@latchkey/shared/breakers';
import { Inject, Injectable } from '@nestjs/common';
import { LockMode } from '@mikro-orm/core';
import { enqueue, type JobRun } from '@latchkey/shared/jobs';
import { counter, currentScope, histogram, Log, nameTenant, startAtZero } from '@latchkey/shared/observability';
import { afterCommit, Door, em } from '@latchkey/shared/persistence';
import { backoffMs, Clock } from '@latchkey/shared/time';
import pLimit from 'p-limit';
import { CONFIG, type Config } from '../config.js';
import { classifyFailure, type Failure } from './classify-failure.js';
import { forgetStandby } from '../pool/claim-standby.js';
import { AdvanceRun as AdvanceRunJob, quietSeconds, sweepAfterSeconds, SweepFailedRun } from './jobs.js';
import { Recipe } from './recipe.js';
import { runStep } from './run-step.js';
import { contextOf, Run, workerOf } from './run.entity.js';
import type { StepContext } from './steps/step.js';
import { TellProgress } from './tell-progress.js';

const provisioningSeconds = histogram(
  'onboarding_provisioning_duration_seconds',
  'From paid and verified to a working workspace.',
  ['warm'],
  [0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 120, 300],
);
startAtZero(provisioningSeconds, { warm: ['true', 'false'] });
const provisioningFailures = counter('onboarding_provisioning_failures_total', 'Runs that were undone.', ['reason']);
startAtZero(provisioningFailures, { reason: ProvisioningFailed.data.shape.reason.options });

/** Pauses of a run that waits for a vendor: short at first, and never so long that the customer notices its return late. */
const waitPauseMs = 4_000;
const waitPauseMaxMs = 60_000;

/** Pauses between tries to take a step back. */
const undoPauseMs = 1_000;
const undoPauseMaxMs = 120_000;

/** Another worker has the run: this one was thought dead. Whatever it still does is safe to have been repeated. */
class RunTakenOver extends Error {}

type Next = { kind: 'run' | 'undo'; step: string; context: StepContext } | { kind: 'over' };

/**
 * Works a run off: claim a step (transaction; the first one's is the run's own), call the vendor (no transaction), save
 * the outcome and claim the next step (one transaction). Three replicas may try at once: the job's claim keeps two
 * apart, and `claimedBy` stops a worker that was thought dead from writing over its successor.
 */
@Injectable()
export class AdvanceRun {
  private readonly gate;

  constructor(
    private readonly door: Door,
    private readonly recipe: Recipe,
    private readonly breakers: Breakers,
    private readonly tellProgress: TellProgress,
    private readonly clock: Clock,
    private readonly log: Log,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.gate = pLimit(config.PROVISION_CONCURRENCY);
  }

  async run(runId: string, job: JobRun): Promise<void> {
    await this.gate(() => this.advance(runId, job));
  }

  private async advance(runId: string, job: JobRun): Promise<void> {
    const worker = workerOf(job.id, job.attempt);
    let next = (await this.begun(runId, worker, job)) ?? (await this.claim(runId, worker, job));
    while (next.kind !== 'over') {
      const { kind, step, context } = next;
      if (kind === 'undo') {
        const failure = await this.attempt(step, 'undo', context);
        if (!failure) next = await this.save(runId, worker, job, (run) => run.stepUndone(step, this.clock.now()), step);
        else next = await this.saveUndoFailure(runId, worker, job, step, failure);
      } else {
        const failure = await this.attempt(step, 'run', context);
        if (!failure) next = await this.save(runId, worker, job, (run) => run.stepDone(step, this.clock.now()), step);
        else next = await this.saveFailure(runId, worker, job, step, failure);
      }
    }
  }

  /** What the run's own beginning left for this worker to do. Without a lock: whoever decides otherwise meanwhile is heard by the save. */
  private async begun(runId: string, worker: string, job: JobRun): Promise<Next | undefined> {
    if (job.attempt > 1) return undefined;
    const run = await this.door.read('begun-run', () => em().findOneOrFail(Run, { id: runId }));
    const step = run.begunFor(worker, this.clock.now());
    if (!step) return undefined;
    nameTenant(run.tenantId);
    return { kind: 'run', step, context: contextOf(run, job.signal) };
  }

  private claim(runId: string, worker: string, job: JobRun): Promise<Next> {
    const claim = async (): Promise<Next> => {
      const run = await this.load(runId);
      // A second job for the same run may come at any time; only one whose worker has gone quiet is taken over.
      if (run.isOver() || run.isHeldByAnother(job.id, quietSeconds * 1_000, this.clock.now())) return { kind: 'over' };
      run.claim(worker, this.clock.now());
      const next = await this.next(run, job);
      if (next.kind !== 'over') this.tellProgress.afterCommit(run, next.step);
      return next;
    };
    return this.door.commit('claim-step', claim, { sharedBy: currentScope()?.tenantId });
  }

  /** One half of a step, outside of any transaction. Answers what went wrong, if anything did. */
  private async attempt(step: string, direction: 'run' | 'undo', context: StepContext): Promise<Failure | undefined> {
    try {
      await runStep(this.recipe.step(step), direction, context);
      return undefined;
    } catch (error) {
      return classifyFailure(error, this.breakers);
    }
  }

  /** Saves a step's outcome together with the claim of the next; when nothing is left, run and job end in the same commit. */
  private save(runId: string, worker: string, job: JobRun, change: (run: Run) => void, step: string): Promise<Next> {
    const saveStep = async () => {
      const run = await this.loadOwn(runId, worker);
      change(run);
      const next = await this.next(run, job);
      this.tellProgress.afterCommit(run, next.kind === 'over' ? step : next.step);
      if (next.kind === 'over') await job.completeHere();
      return next;
    };
    return this.door.commit('save-step', saveStep, { sharedBy: currentScope()?.tenantId });
  }

  private async saveFailure(runId: string, worker: string, job: JobRun, step: string, failure: Failure): Promise<Next> {
    return job.commit(async () => {
      const run = await this.loadOwn(runId, worker);
      const now = this.clock.now();
      const delaySeconds = this.config.PROVISION_RETRY_DELAYS_SECONDS[run.failures];
      // Half of the pause is jitter, so that runs that failed together do not come back together (F1).
      const pauseSeconds = delaySeconds === undefined ? 0 : delaySeconds * (0.75 + Math.random() / 2);
      const nextAttemptAt = new Date(now.getTime() + pauseSeconds * 1_000);
      this.log.warn('A provisioning step failed.', {
        run: runId,
        step,
        reason: failure.reason,
        detail: failure.message,
        failures: run.failures + 1,
      });
      const wait = failure.wait && this.waitUntil(run, failure.wait.leastMs, now);
      if (run.abandonedBecause) {
        run.startAbandoning(now);
        enqueue(AdvanceRunJob, { run_id: runId }, { key: runId });
      } else if (failure.wait && wait) {
        run.waitFor(step, failure.wait.for, failure.message, wait, now);
        const afterSeconds = (wait.getTime() - now.getTime()) / 1_000;
        enqueue(AdvanceRunJob, { run_id: runId }, { key: runId, afterSeconds });
      } else if (failure.retry && delaySeconds !== undefined && nextAttemptAt < run.deadlineAt) {
        run.retryLater(step, failure.message, nextAttemptAt, now);
        enqueue(AdvanceRunJob, { run_id: runId }, { key: runId, afterSeconds: pauseSeconds });
      } else {
        run.startUndo(step, failure.reason, failure.message, now);
        enqueue(AdvanceRunJob, { run_id: runId }, { key: runId });
      }
      run.letGo();
      this.tellProgress.afterCommit(run, step);
      return { kind: 'over' as const };
    });
  }

  /** Undefined when the run has waited for vendors as long as it may. Jittered: who waited together must not come back together. */
  private waitUntil(run: Run, leastMs: number, now: Date): Date | undefined {
    const pauseMs = Math.max(leastMs, backoffMs(run.waits + 1, waitPauseMs, waitPauseMaxMs)) * (1 + Math.random() / 4);
    const until = new Date(now.getTime() + pauseMs);
    const last = run.clearedAt.getTime() + this.config.PROVISION_VENDOR_WAIT_SECONDS * 1_000;
    return until.getTime() < last ? until : undefined;
  }

  /** Nothing may be left, so taking back has no last try: neither a vendor that refuses us nor one that is away ends it. */
  private async saveUndoFailure(
    runId: string,
    worker: string,
    job: JobRun,
    step: string,
    failure: Failure,
  ): Promise<Next> {
    return job.commit(async () => {
      const run = await this.loadOwn(runId, worker);
      const now = this.clock.now();
      const pauseMs = Math.max(
        failure.wait?.leastMs ?? 0,
        backoffMs(run.undoFailures + 1, undoPauseMs, undoPauseMaxMs),
      );
      this.log.warn('A step could not be taken back.', { run: runId, step, detail: failure.message });
      run.undoLater(step, failure.message, new Date(now.getTime() + pauseMs), now);
      enqueue(AdvanceRunJob, { run_id: runId }, { key: runId, afterSeconds: pauseMs / 1_000 });
      return { kind: 'over' as const };
    });
  }

  /** What is to be done now; inside a transaction, and the run is marked accordingly. */
  private async next(run: Run, job: JobRun): Promise<Next> {
    const now = this.clock.now();
    nameTenant(run.tenantId);
    if (run.state === 'running' && run.abandonedBecause) run.startAbandoning(now);
    if (run.state === 'running' && now > run.deadlineAt) {
      const step = run.steps.find((row) => row.state !== 'done')?.name;
      if (step) run.startUndo(step, 'deadline', 'The deadline has passed.', now);
    }
    const kind = run.state === 'undoing' ? 'undo' : 'run';
    const step = kind === 'undo' ? run.nextToUndo() : run.startNextStep(now);
    if (!step) {
      if (kind === 'undo') {
        run.fail(now);
        await forgetStandby(run.namespace);
        enqueue(SweepFailedRun, { run_id: run.id }, { key: run.id, afterSeconds: sweepAfterSeconds });
        afterCommit(() => provisioningFailures.inc({ reason: run.failureReason ?? 'internal' }));
      } else {
        run.finish(now);
        const seconds = (now.getTime() - run.clearedAt.getTime()) / 1_000;
        afterCommit(() => provisioningSeconds.observe({ warm: String(run.warm) }, seconds));
      }
      return { kind: 'over' };
    }
    return { kind, step, context: contextOf(run, job.signal) };
  }

  private async loadOwn(runId: string, worker: string): Promise<Run> {
    const run = await this.load(runId);
    if (run.claimedBy !== worker) throw new RunTakenOver(`Run ${runId} is worked on by ${run.claimedBy ?? 'nobody'}.`);
    return run;
  }

  private load(runId: string): Promise<Run> {
    return em().findOneOrFail(Run, { id: runId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  }
}
