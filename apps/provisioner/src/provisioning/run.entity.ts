import { defineEntity, p } from '@mikro-orm/core';
import {
  ProvisioningFailed,
  TenantProvisioned,
  type EventData,
  type Plan,
  type ProvisioningRun,
} from '@latchkey/contracts';
import { newId } from '@latchkey/shared/ids';
import { record } from '@latchkey/shared/persistence';
import type { StepContext } from './steps/step.js';

export type RunState = 'running' | 'retrying' | 'undoing' | 'done' | 'failed' | 'removed';
export type StepState = ProvisioningRun['steps'][number]['state'];
export type FailureReason = EventData<typeof ProvisioningFailed>['reason'];

export interface StepRow {
  name: string;
  state: StepState;
  attempts: number;
  started_at: string | null;
  finished_at: string | null;
  error: string | null;
}

/** Who decided that a tenant must not be provisioned, or not stay so; the vendors did not. */
export type AbandonedBecause = NonNullable<EventData<typeof ProvisioningFailed>['abandoned_because']>;
export type WaitsFor = NonNullable<ProvisioningRun['waits_for']>;

/** Runs of one generation that an operator turned back from their undo. More never happen; the epoch below counts on it. */
const turnsMax = 99;

/** The only moves there are. A move that is not listed throws; one that was made already is recognised by its caller. */
const moves: Record<RunState, readonly RunState[]> = {
  running: ['retrying', 'undoing', 'done'],
  retrying: ['running', 'undoing'],
  undoing: ['failed', 'running'],
  done: ['removed', 'undoing'],
  failed: [],
  removed: [],
};

const RunSchema = defineEntity({
  name: 'Run',
  tableName: 'run',
  properties: {
    id: p.text().primary(),
    tenantId: p.text(),
    /** The tenant's clearance that it answers; an operator's retry of a failed run is the next one. */
    generation: p.integer(),
    state: p.text().$type<RunState>(),
    plan: p.text().$type<Plan>(),
    trialEndsAt: p.datetime(3).nullable(),
    namespace: p.text(),
    warm: p.boolean(),
    steps: p.json().$type<StepRow[]>(),
    /** Failed attempts so far, over all steps. */
    failures: p.integer(),
    /** Which job attempt works on it; whoever finds another name here was thought dead and must let go. */
    claimedBy: p.text().nullable(),
    nextAttemptAt: p.datetime(3).nullable(),
    failedStep: p.text().nullable(),
    failureReason: p.text().$type<FailureReason>().nullable(),
    clearedAt: p.datetime(3),
    deadlineAt: p.datetime(3),
    touchedAt: p.datetime(3),
    finishedAt: p.datetime(3).nullable(),
    /** Set once somebody decided against the tenant: whoever works on the run undoes it instead of going on. */
    abandonedBecause: p.text().$type<AbandonedBecause>().nullable(),
    /** Why it stands still through no fault of its own; null when it does not. */
    waitsFor: p.text().$type<WaitsFor>().nullable(),
    /** How often it was put off for that since it last got on; only to make the pauses grow. */
    waits: p.integer().default(0),
    /** How often an operator turned it back from being undone. */
    turns: p.integer().default(0),
    /** Failed tries of the undo; it is never given up. */
    undoFailures: p.integer().default(0),
  },
  uniques: [{ name: 'run_generation_unique', properties: ['tenantId', 'generation'] }],
  indexes: [
    { properties: ['clearedAt'] },
    { name: 'run_open_index', properties: ['touchedAt'], where: `state in ('running', 'retrying', 'undoing')` },
  ],
});

/** The name of a job's try at a run. */
export function workerOf(jobId: string, attempt: number): string {
  return `${jobId}:${attempt}`;
}

/** What the run's steps may know. */
export function contextOf(run: Run, signal: AbortSignal): StepContext {
  const { tenantId, plan, namespace, trialEndsAt } = run;
  return { tenantId, plan, namespace, epoch: run.epoch(), trialEndsAt: trialEndsAt?.toISOString() ?? null, signal };
}

/** One attempt to give a tenant a working workspace, from the moment they are cleared to `done` or `failed`. */
export class Run extends RunSchema.class {
  static of(facts: {
    tenantId: string;
    generation: number;
    plan: Plan;
    trialEndsAt: Date | null;
    namespace: string;
    warm: boolean;
    steps: readonly string[];
    stepsDone: readonly string[];
    clearedAt: Date;
    abandonedBecause: AbandonedBecause | null;
    deadlineSeconds: number;
    now: Date;
  }) {
    const { now, stepsDone, deadlineSeconds, steps, ...rest } = facts;
    const iso = now.toISOString();
    return {
      ...rest,
      id: newId('run'),
      state: 'running' as const,
      steps: steps.map((name) => {
        const done = stepsDone.includes(name);
        return {
          name,
          state: done ? ('done' as const) : ('waiting' as const),
          attempts: 0,
          started_at: done ? iso : null,
          finished_at: done ? iso : null,
          error: null,
        };
      }),
      failures: 0,
      waits: 0,
      turns: 0,
      undoFailures: 0,
      deadlineAt: new Date(now.getTime() + deadlineSeconds * 1_000),
      touchedAt: now,
    };
  }

  isOver(): boolean {
    return this.state === 'done' || this.state === 'failed' || this.state === 'removed';
  }

  /** True when a worker other than this job is on it, or was a moment ago: it is not taken over lightly. */
  isHeldByAnother(jobId: string | null, quietMs: number, now: Date): boolean {
    if (!this.claimedBy || (jobId !== null && this.claimedBy.startsWith(`${jobId}:`))) return false;
    return now.getTime() - this.touchedAt.getTime() < quietMs;
  }

  /** What workspace compares: it grows with every try that may follow an undo. */
  epoch(): number {
    return this.generation * (turnsMax + 1) + this.turns;
  }

  /** A fresh run in the hands of the job that is queued with it, its first step begun. */
  begin(worker: string, now: Date): string | undefined {
    this.claim(worker, now);
    return this.startNextStep(now);
  }

  /** The step that `begin` has begun for this worker; undefined when it must claim the run first. */
  begunFor(worker: string, now: Date): string | undefined {
    if (this.claimedBy !== worker || this.state !== 'running' || this.abandonedBecause || now > this.deadlineAt)
      return undefined;
    return this.steps.find((row) => row.state === 'running')?.name;
  }

  /** Takes the right to work on the run from whoever had it. */
  claim(worker: string, now: Date): void {
    // The time spent waiting for a vendor is not the run's own.
    if (this.waitsFor) this.deadlineAt = new Date(this.deadlineAt.getTime() + now.getTime() - this.touchedAt.getTime());
    this.claimedBy = worker;
    this.touchedAt = now;
    this.nextAttemptAt = null;
    this.waitsFor = null;
    if (this.state === 'retrying') this.move('running');
  }

  /** Another job goes on; whoever still holds the run and is alive after all finds that out with its next save. */
  letGo(): void {
    this.claimedBy = null;
  }

  /** The next step to run, marked as running; undefined when all are done. */
  startNextStep(now: Date): string | undefined {
    const step = this.steps.find((row) => row.state !== 'done');
    if (!step) return undefined;
    this.setStep(
      step.name,
      { state: 'running', attempts: step.attempts + 1, started_at: step.started_at ?? now.toISOString(), error: null },
      now,
    );
    return step.name;
  }

  stepDone(name: string, now: Date): void {
    this.setStep(name, { state: 'done', finished_at: now.toISOString() }, now);
    this.waits = 0;
  }

  /** The attempt failed and another one follows at `nextAttemptAt`. */
  retryLater(name: string, error: string, nextAttemptAt: Date, now: Date): void {
    this.failures += 1;
    this.setStep(name, { state: 'retrying', error: error.slice(0, 300) }, now);
    this.move('retrying');
    this.nextAttemptAt = nextAttemptAt;
    this.claimedBy = null;
  }

  /**
   * A supplier is away, or our account there needs us: that is not this customer's failure, so it uses up no try, and
   * the time does not count against the run's own deadline. `abandon` ends it if signup's patience ends first.
   */
  waitFor(name: string, what: WaitsFor, error: string, nextAttemptAt: Date, now: Date): void {
    this.setStep(name, { state: 'retrying', error: error.slice(0, 300) }, now);
    this.move('retrying');
    this.waitsFor = what;
    this.waits += 1;
    this.nextAttemptAt = nextAttemptAt;
    this.claimedBy = null;
  }

  /**
   * Somebody decided against the tenant. `undo` says that a job must be queued for it; `noted` that its worker will see
   * it with the next save, so that no call of a step is still under way when its undo begins.
   */
  abandon(because: AbandonedBecause, now: Date): 'undo' | 'noted' | 'already' {
    if (this.state === 'failed' || this.state === 'removed') return 'already';
    const known = this.abandonedBecause != null;
    this.abandonedBecause ??= because;
    if (this.state === 'undoing') return 'already';
    if (this.state === 'running') return known || this.claimedBy ? 'noted' : 'undo';
    this.startAbandoning(now);
    return 'undo';
  }

  /** The decision takes effect, like a failure of the step it stands at. */
  startAbandoning(now: Date): void {
    const step = this.steps.find((row) => row.state !== 'done') ?? this.steps.at(-1);
    const because = this.abandonedBecause;
    const reason = because === 'deadline' ? 'deadline' : 'internal';
    this.startUndo(step?.name ?? 'unknown', reason, `Abandoned: ${because ?? 'unknown'}.`, now);
    this.nextAttemptAt = null;
    this.finishedAt = null;
  }

  /** An operator wants the run to go on now, with all its tries and its time before it again. */
  startAgain(deadlineSeconds: number, now: Date): void {
    this.failures = 0;
    this.waits = 0;
    this.deadlineAt = new Date(now.getTime() + deadlineSeconds * 1_000);
    this.nextAttemptAt = null;
    this.touchedAt = now;
    this.letGo();
    if (this.state !== 'undoing') return;
    // Nobody was told of the failure yet, so the run may still succeed; what was undone is done again.
    if (this.turns >= turnsMax) throw new Error(`Run ${this.id} was turned back ${turnsMax} times.`);
    this.turns += 1;
    this.undoFailures = 0;
    this.failedStep = null;
    this.failureReason = null;
    // Also what counts as done: the answer of its undo may have been lost. It keeps being something to undo, though.
    this.steps = this.steps.map((row) => {
      const nothingThere = row.state === 'waiting' || row.state === 'undone';
      return { ...row, state: nothingThere ? 'waiting' : 'retrying', finished_at: null, error: null };
    });
    this.move('running');
  }

  /** Taking back did not work this time; it is tried again until it does. */
  undoLater(name: string, error: string, nextAttemptAt: Date, now: Date): void {
    this.setStep(name, { error: error.slice(0, 300) }, now);
    this.undoFailures += 1;
    this.nextAttemptAt = nextAttemptAt;
    this.claimedBy = null;
  }

  /** No attempt is left: from here on everything is taken back. */
  startUndo(name: string, reason: FailureReason, error: string, now: Date): void {
    this.failures += 1;
    this.setStep(name, { state: 'failed', error: error.slice(0, 300) }, now);
    this.failedStep = name;
    this.failureReason = reason;
    this.move('undoing');
  }

  /** Whatever may have had an effect, the last one first: also a step that failed half-way (DESIGN rule 4: its outcome is unknown). */
  nextToUndo(): string | undefined {
    return this.steps.findLast((row) => row.state !== 'waiting' && row.state !== 'undone')?.name;
  }

  stepUndone(name: string, now: Date): void {
    this.setStep(name, { state: 'undone', finished_at: now.toISOString() }, now);
  }

  finish(now: Date): void {
    this.move('done');
    this.finishedAt = now;
    this.claimedBy = null;
    record(TenantProvisioned, this.tenantId, {
      run_id: this.id,
      plan: this.plan,
      warm: this.warm,
      generation: this.generation,
      seconds_to_provision: Math.max(0, (now.getTime() - this.clearedAt.getTime()) / 1_000),
    });
  }

  fail(now: Date): void {
    this.move('failed');
    this.finishedAt = now;
    this.claimedBy = null;
    record(ProvisioningFailed, this.tenantId, {
      run_id: this.id,
      step: this.failedStep ?? 'unknown',
      reason: this.failureReason ?? 'internal',
      attempts: Math.max(1, this.failures),
      generation: this.generation,
      ...(this.abandonedBecause ? { abandoned_because: this.abandonedBecause } : {}),
    });
  }

  remove(): void {
    this.move('removed');
  }

  private setStep(name: string, change: Partial<StepRow>, now: Date): void {
    this.touchedAt = now;
    this.steps = this.steps.map((row) => (row.name === name ? { ...row, ...change } : row));
  }

  private move(next: RunState): void {
    if (!moves[this.state].includes(next)) throw new Error(`Run ${this.id} cannot go from ${this.state} to ${next}.`);
    this.state = next;
  }
}
RunSchema.setClass(Run);
