import { Injectable } from '@nestjs/common';
import { stepProgressSubject, type ProvisioningRun, type StepProgress } from '@latchkey/contracts';
import { Hints } from '@latchkey/shared/messaging';
import { afterCommit } from '@latchkey/shared/persistence';
import { Recipe } from './recipe.js';
import type { Run } from './run.entity.js';

/** How a run stands, for the person who waits. */
@Injectable()
export class TellProgress {
  constructor(
    private readonly recipe: Recipe,
    private readonly hints: Hints,
  ) {}

  /** Shown on waiting screens once this commit is safe; to be called when the commit's last change to the run is made. */
  afterCommit(run: Run, step: string): void {
    const state = run.steps.find((row) => row.name === step)?.state;
    if (!state || state === 'waiting') return;
    const { id: run_id, tenantId: tenant_id } = run;
    const hint: StepProgress = { tenant_id, run_id, step, state, at: run.touchedAt.toISOString(), run: this.view(run) };
    afterCommit(() => this.hints.publish(stepProgressSubject(tenant_id), hint));
  }

  view(run: Run): ProvisioningRun {
    return {
      run_id: run.id,
      state: run.state === 'removed' ? 'done' : run.state,
      started_at: run.clearedAt.toISOString(),
      finished_at: run.finishedAt?.toISOString() ?? null,
      next_attempt_at: run.nextAttemptAt?.toISOString() ?? null,
      waits_for: run.waitsFor ?? null,
      steps: run.steps.map(({ name, state, attempts, started_at, finished_at }) => ({
        name,
        title: this.titleOf(name),
        state,
        attempts,
        started_at,
        finished_at,
      })),
    };
  }

  /** While a release rolls, a run may have a step that this one has not; telling must not stop its worker. */
  private titleOf(name: string): string {
    return this.recipe.steps.find((step) => step.name === name)?.title ?? name;
  }
}
