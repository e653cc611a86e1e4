import { Injectable } from '@nestjs/common';
import type { JobRun } from '@latchkey/shared/jobs';
import { Door, em } from '@latchkey/shared/persistence';
import { Recipe } from './recipe.js';
import { contextOf, Run } from './run.entity.js';

/** Every undo is safe to repeat, and a retry has a namespace and an epoch of its own: sweeping never harms a later run. */
@Injectable()
export class SweepFailedRun {
  constructor(
    private readonly door: Door,
    private readonly recipe: Recipe,
  ) {}

  async run(runId: string, job: JobRun): Promise<void> {
    const run = await this.door.read('sweep-failed-run', () => em().findOneOrFail(Run, { id: runId }));
    for (const { name } of run.steps.toReversed()) await this.recipe.step(name).undo(contextOf(run, job.signal));
    await job.commit(() => undefined);
  }
}
