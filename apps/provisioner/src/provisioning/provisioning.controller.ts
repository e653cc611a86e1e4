import { Controller } from '@nestjs/common';
import {
  ProvisioningProgress,
  type ProvisioningRun,
  type QuestionReply,
  type QuestionRequest,
} from '@latchkey/contracts';
import { Answers } from '@latchkey/shared/messaging';
import { Door, em } from '@latchkey/shared/persistence';
import { Recipe } from './recipe.js';
import { Run } from './run.entity.js';

/** Tells signup the true state of a run, for the person who waits. */
@Controller()
export class ProvisioningController {
  constructor(
    private readonly door: Door,
    private readonly recipe: Recipe,
  ) {}

  @Answers(ProvisioningProgress)
  async progress({
    tenant_id,
  }: QuestionRequest<typeof ProvisioningProgress>): Promise<QuestionReply<typeof ProvisioningProgress>> {
    return this.door.read('provisioning-progress', async () => {
      const [run] = await em().find(Run, { tenantId: tenant_id }, { orderBy: { generation: 'desc' }, limit: 1 });
      return { run: run ? this.view(run) : null };
    });
  }

  private view(run: Run): ProvisioningRun {
    return {
      run_id: run.id,
      state: run.state === 'removed' ? 'done' : run.state,
      started_at: run.clearedAt.toISOString(),
      finished_at: run.finishedAt?.toISOString() ?? null,
      next_attempt_at: run.nextAttemptAt?.toISOString() ?? null,
      waits_for: run.waitsFor ?? null,
      steps: run.steps.map(({ name, state, attempts, started_at, finished_at }) => ({
        name,
        title: this.recipe.step(name).title,
        state,
        attempts,
        started_at,
        finished_at,
      })),
    };
  }
}
