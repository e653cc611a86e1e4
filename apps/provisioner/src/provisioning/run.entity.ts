import { defineEntity, p } from '@mikro-orm/core';
import {
  ProvisioningFailed,
  StepProgress,
  stepProgressSubject,
  TenantProvisioned,
  type EventData,
  type Plan,
  type ProvisioningRun,
} from '@latchkey/contracts';
import { newId } from '@latchkey/shared/ids';
import type { Hints } from '@latchkey/shared/messaging';
import { afterCommit, record } from '@latchkey/shared/persistence';

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

/** The only moves there are. A move that is not listed throws; one that was made already is recognised by its caller. */
const moves: Record<RunState, readonly RunState[]> = {
  running: ['retrying', 'undoing', 'done'],
  retrying: ['running', 'undoing'],
  undoing: ['failed'],
  done: ['removed'],
  failed: [],
  removed: [],
};

const RunSchema = defineEntity({
  name: 'Run',
  tableName: 'run',
  properties: {
    id: p.text().primary(),
    tenantId: p.text(),
    /** Counts the tenant's runs; an operator's retry is a new one. */
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
  },
  uniques: [{ name: 'run_generation_unique', properties: ['tenantId', 'generation'] }],
  indexes: [
    { name: 'run_open_index', properties: ['touchedAt'], where: `state in ('running', 'retrying', 'undoing')` },
  ],
});

/** One attempt to give a tenant a working workspace, from the moment they are cleared to `done` or `failed`. */
export class Run extends RunSchema.class {
  static begin(facts: {
    tenantId: string;
    generation: number;
    plan: Plan;
    trialEndsAt: Date | null;
    namespace: string;
    warm: boolean;
    steps: readonly string[];
    stepsDone: readonly string[];
    clearedAt: Date;
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
      deadlineAt: new Date(now.getTime() + deadlineSeconds * 1_000),
      touchedAt: now,
    };
  }

  isOver(): boolean {
    return this.state === 'done' || this.state === 'failed' || this.state === 'removed';
  }

  /** Takes the right to work on the run from whoever had it. */
  claim(worker: string, now: Date): void {
    this.claimedBy = worker;
    this.touchedAt = now;
    this.nextAttemptAt = null;
    if (this.state === 'retrying') this.move('running');
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
  }

  /** The attempt failed and another one follows at `nextAttemptAt`. */
  retryLater(name: string, error: string, nextAttemptAt: Date, now: Date): void {
    this.failures += 1;
    this.setStep(name, { state: 'retrying', error: error.slice(0, 300) }, now);
    this.move('retrying');
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
      attempts: this.failures,
    });
  }

  remove(): void {
    this.move('removed');
  }

  /** Tells waiting screens to look again, once this commit is safe. */
  hint(hints: Hints, step: string, now: Date): void {
    const state = this.steps.find((row) => row.name === step)?.state;
    if (!state || state === 'waiting') return;
    const progress = StepProgress.parse({
      tenant_id: this.tenantId,
      run_id: this.id,
      step,
      state,
      at: now.toISOString(),
    });
    afterCommit(() => hints.publish(stepProgressSubject(this.tenantId), progress));
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
