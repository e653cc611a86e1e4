import { Injectable } from '@nestjs/common';
import { LockMode } from '@mikro-orm/core';
import { CloseWorkspace, TenantDeprovisioned } from '@latchkey/contracts';
import { OnJob, type JobData, type JobRun } from '@latchkey/shared/jobs';
import { Questions } from '@latchkey/shared/messaging';
import { Door, em, record } from '@latchkey/shared/persistence';
import { PineconeNamespaces } from '@latchkey/vendor-pinecone';
import { VendorBudget } from '../budget/vendor-budget.js';
import { forgetStandby } from '../pool/claim-standby.js';
import { Run } from '../provisioning/run.entity.js';
import { DeprovisionJob } from './jobs.js';

/** "Deleted" is said only after it was looked for and not found (FEATURES lesson 9). */
@Injectable()
export class DeprovisionJobs {
  constructor(
    private readonly door: Door,
    private readonly questions: Questions,
    private readonly pinecone: PineconeNamespaces,
    private readonly budget: VendorBudget,
  ) {}

  @OnJob(DeprovisionJob)
  async deprovision({ tenant_id, reason }: JobData<typeof DeprovisionJob>, job: JobRun): Promise<void> {
    const runs = await this.door.read('deprovision', () => em().find(Run, { tenantId: tenant_id }));
    const open = runs.find((run) => !run.isOver());
    if (open) throw new Error(`Run ${open.id} is still at work; deprovisioning waits for its end.`);
    const done = runs.find((run) => run.state === 'done');
    if (!done) return job.commit(() => undefined);
    await this.questions.ask(CloseWorkspace, { tenant_id, epoch: done.epoch() });
    await this.budget.take('pinecone', job.signal);
    await this.pinecone.deleteNamespace(done.namespace);
    const left = await this.pinecone.describeNamespace(done.namespace);
    if (left && left.recordCount > 0)
      throw new Error(`Namespace ${done.namespace} still holds ${left.recordCount} records.`);
    await job.commit(async () => {
      const run = await em().findOneOrFail(Run, { id: done.id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (run.state === 'removed') return;
      run.remove();
      await forgetStandby(run.namespace);
      record(TenantDeprovisioned, tenant_id, { run_id: run.id, reason });
    });
  }
}
