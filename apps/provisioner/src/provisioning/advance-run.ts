import { Inject, Injectable } from '@nestjs/common';
import { LockMode } from '@mikro-orm/core';
import { enqueue, type JobRun } from '@latchkey/shared/jobs';
import { Hints } from '@latchkey/shared/messaging';
import { counter, histogram, Log, nameTenant } from '@latchkey/shared/observability';
import { afterCommit, Door, em } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import pLimit from 'p-limit';
import { CONFIG, type Config } from '../config.js';
import { classifyFailure, type Failure } from './classify-failure.js';
import { AdvanceRun as AdvanceRunJob } from './jobs.js';
import { Recipe } from './recipe.js';
import { Run } from './run.entity.js';
import type { StepContext } from './steps/step.js';

const provisioningSeconds = histogram(
  'onboarding_provisioning_duration_seconds',
  'From paid and verified to a working workspace.',
  ['warm'],
  [0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 120, 300],
);
const provisioningFailures = counter('onboarding_provisioning_failures_total', 'Runs that were undone.', ['reason']);

/** Another worker has the run: this one was thought dead. Whatever it still does is safe to have been repeated. */
class RunTakenOver extends Error {}

type Next = { kind: 'run' | 'undo'; step: string; context: StepContext } | { kind: 'over' };

/**
 * Works a run off: claim a step (transaction), call the vendor (no transaction), save the outcome and claim the next
 * step (one transaction). Three replicas may try at once: the job's claim keeps two apart, and `claimedBy` stops a
 * worker that was thought dead from writing over its successor.
 */
@Injectable()
export class AdvanceRun {
  private readonly gate;

  constructor(
    private readonly door: Door,
    private readonly recipe: Recipe,
    private readonly hints: Hints,
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
    const worker = `${job.id}:${job.attempt}`;
    let next = await this.door.commit('claim-step', async () => {
      const run = await this.load(runId);
      if (run.isOver()) return { kind: 'over' as const };
      run.claim(worker, this.clock.now());
      return this.next(run, job);
    });
    while (next.kind !== 'over') {
      const { kind, step, context } = next;
      if (kind === 'undo') {
        await this.recipe.step(step).undo(context);
        next = await this.save(runId, worker, job, (run) => run.stepUndone(step, this.clock.now()), step);
      } else {
        let failure: Failure | undefined;
        try {
          await this.recipe.step(step).run(context);
        } catch (error) {
          failure = classifyFailure(error);
        }
        if (!failure) next = await this.save(runId, worker, job, (run) => run.stepDone(step, this.clock.now()), step);
        else next = await this.saveFailure(runId, worker, job, step, failure);
      }
    }
  }

  /** Saves a step's outcome together with the claim of the next; when nothing is left, run and job end in the same commit. */
  private save(runId: string, worker: string, job: JobRun, change: (run: Run) => void, step: string): Promise<Next> {
    return this.door.commit('save-step', async () => {
      const run = await this.load(runId);
      if (run.claimedBy !== worker)
        throw new RunTakenOver(`Run ${runId} is worked on by ${run.claimedBy ?? 'nobody'}.`);
      change(run);
      run.hint(this.hints, step, this.clock.now());
      const next = this.next(run, job);
      if (next.kind === 'over') await job.completeHere();
      return next;
    });
  }

  private async saveFailure(runId: string, worker: string, job: JobRun, step: string, failure: Failure): Promise<Next> {
    return job.commit(async () => {
      const run = await this.load(runId);
      if (run.claimedBy !== worker)
        throw new RunTakenOver(`Run ${runId} is worked on by ${run.claimedBy ?? 'nobody'}.`);
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
      if (failure.retry && delaySeconds !== undefined && nextAttemptAt < run.deadlineAt) {
        run.retryLater(step, failure.message, nextAttemptAt, now);
        enqueue(AdvanceRunJob, { run_id: runId }, { key: runId, afterSeconds: pauseSeconds });
      } else {
        run.startUndo(step, failure.reason, failure.message, now);
        enqueue(AdvanceRunJob, { run_id: runId }, { key: runId });
      }
      run.hint(this.hints, step, now);
      return { kind: 'over' as const };
    });
  }

  /** What is to be done now; inside a transaction, and the run is marked accordingly. */
  private next(run: Run, job: JobRun): Next {
    const now = this.clock.now();
    nameTenant(run.tenantId);
    if (run.state === 'running' && now > run.deadlineAt) {
      const step = run.steps.find((row) => row.state !== 'done')?.name;
      if (step) run.startUndo(step, 'deadline', 'The deadline has passed.', now);
    }
    const kind = run.state === 'undoing' ? 'undo' : 'run';
    const step = kind === 'undo' ? run.nextToUndo() : run.startNextStep(now);
    if (!step) {
      if (kind === 'undo') {
        run.fail(now);
        afterCommit(() => provisioningFailures.inc({ reason: run.failureReason ?? 'internal' }));
      } else {
        run.finish(now);
        const seconds = (now.getTime() - run.clearedAt.getTime()) / 1_000;
        afterCommit(() => provisioningSeconds.observe({ warm: String(run.warm) }, seconds));
      }
      return { kind: 'over' };
    }
    if (kind === 'run') run.hint(this.hints, step, now);
    const { tenantId, plan, namespace, trialEndsAt } = run;
    return {
      kind,
      step,
      context: { tenantId, plan, namespace, trialEndsAt: trialEndsAt?.toISOString() ?? null, signal: job.signal },
    };
  }

  private load(runId: string): Promise<Run> {
    return em().findOneOrFail(Run, { id: runId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  }
}
