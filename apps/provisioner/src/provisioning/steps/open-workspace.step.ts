import { Injectable } from '@nestjs/common';
import { CloseWorkspace, OpenWorkspace as OpenWorkspaceQuestion } from '@latchkey/contracts';
import { Questions } from '@latchkey/shared/messaging';
import type { Step, StepContext } from './step.js';

/** Asks the workspace service for runtime, quota and first key. A team that sells another product replaces this step. */
@Injectable()
export class OpenWorkspace implements Step {
  readonly name = 'open-workspace';
  readonly title = 'Opening your workspace';

  constructor(private readonly questions: Questions) {}

  async run({ tenantId, plan, namespace, trialEndsAt, epoch }: StepContext): Promise<void> {
    await this.questions.ask(OpenWorkspaceQuestion, {
      tenant_id: tenantId,
      plan,
      namespace,
      trial_ends_at: trialEndsAt,
      epoch,
    });
  }

  async undo({ tenantId, epoch }: StepContext): Promise<void> {
    await this.questions.ask(CloseWorkspace, { tenant_id: tenantId, epoch });
  }
}
