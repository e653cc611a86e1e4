import { Controller } from '@nestjs/common';
import { ProvisioningProgress, type QuestionReply, type QuestionRequest } from '@latchkey/contracts';
import { Answers } from '@latchkey/shared/messaging';
import { Door, em } from '@latchkey/shared/persistence';
import { Run } from './run.entity.js';
import { TellProgress } from './tell-progress.js';

/** Tells signup the true state of a run, for the person who waits. */
@Controller()
export class ProvisioningController {
  constructor(
    private readonly door: Door,
    private readonly tellProgress: TellProgress,
  ) {}

  @Answers(ProvisioningProgress)
  async progress({
    tenant_id,
  }: QuestionRequest<typeof ProvisioningProgress>): Promise<QuestionReply<typeof ProvisioningProgress>> {
    return this.door.read('provisioning-progress', async () => {
      const run = await em().findOne(Run, { tenantId: tenant_id }, { orderBy: { generation: 'desc' } });
      return run ? { run: this.tellProgress.view(run), touched_at: run.touchedAt.toISOString() } : { run: null };
    });
  }
}
