import { Breakers } from '@latchkey/shared/breakers';
import { embeddingDimensions } from '@latchkey/contracts';
import { defineService } from '@latchkey/shared/service';
import { createOpenAi, OpenAiApi } from '@latchkey/vendor-openai';
import { createPinecone, PineconeNamespaces } from '@latchkey/vendor-pinecone';
import { VendorBudgetRow } from './budget/vendor-budget.entity.js';
import { VendorBudget } from './budget/vendor-budget.js';
import { Config, CONFIG } from './config.js';
import { DeprovisionJobs } from './deprovisioning/deprovision.job.js';
import { PlanDeprovisioning } from './deprovisioning/plan-deprovisioning.js';
import { Migration20261123000001_runs } from './migrations/Migration20261123000001_runs.js';
import { Migration20261124000001_abandonment } from './migrations/Migration20261124000001_abandonment.js';
import { Migration20261128000001_growth } from './migrations/Migration20261128000001_growth.js';
import { RunsController } from './operator/runs.controller.js';
import { DiagnosisController } from './operator/diagnosis.controller.js';
import { ClaimStandby } from './pool/claim-standby.js';
import { PoolJobs } from './pool/pool.job.js';
import { Standby } from './pool/standby.entity.js';
import { ProvisionerConsumer } from './provisioner.consumer.js';
import { OperateRun } from './operator/operate-run.js';
import { AbandonTenant } from './provisioning/abandon-tenant.js';
import { Abandonment } from './provisioning/abandonment.entity.js';
import { AdvanceRun } from './provisioning/advance-run.js';
import { ProvisioningController } from './provisioning/provisioning.controller.js';
import { ProvisioningJobs } from './provisioning/provisioning.job.js';
import { recipeProviders } from './provisioning/recipe.js';
import { Run } from './provisioning/run.entity.js';
import { StartProvisioning } from './provisioning/start-provisioning.js';
import { SweepFailedRun } from './provisioning/sweep-failed-run.js';
import { MeasureRuns } from './provisioning/measure-runs.js';
import { TellProgress } from './provisioning/tell-progress.js';
import { WatchRuns } from './provisioning/watch-runs.js';
import { SampleEmbedding } from './samples/sample-embedding.entity.js';
import { SampleVectors } from './samples/sample-vectors.js';

/** The saga: from paid and verified to a working workspace, or everything taken back. */
export const provisioner = defineService({
  name: 'provisioner',
  config: Config,
  entities: [Run, Abandonment, Standby, SampleEmbedding, VendorBudgetRow],
  migrations: [Migration20261123000001_runs, Migration20261124000001_abandonment, Migration20261128000001_growth],
  module: (config) => ({
    providers: [
      { provide: CONFIG, useValue: config },
      {
        provide: PineconeNamespaces,
        inject: [Breakers],
        useFactory: (breakers: Breakers) =>
          createPinecone({
            apiKey: config.PINECONE_API_KEY,
            indexHost: config.PINECONE_INDEX_HOST,
            breaker: breakers.of('pinecone'),
          }),
      },
      {
        provide: OpenAiApi,
        inject: [Breakers],
        useFactory: (breakers: Breakers) =>
          createOpenAi({
            apiKey: config.OPENAI_API_KEY,
            baseUrl: config.OPENAI_BASE_URL,
            embeddingModel: config.EMBEDDING_MODEL,
            embeddingDimensions,
            // Only samples are embedded here; nothing is ever answered.
            chatModel: 'unused',
            breaker: breakers.of('openai'),
          }),
      },
      VendorBudget,
      SampleVectors,
      ...recipeProviders,
      ClaimStandby,
      PoolJobs,
      StartProvisioning,
      TellProgress,
      AdvanceRun,
      AbandonTenant,
      SweepFailedRun,
      OperateRun,
      WatchRuns,
      MeasureRuns,
      ProvisioningJobs,
      PlanDeprovisioning,
      DeprovisionJobs,
    ],
    controllers: [ProvisionerConsumer, ProvisioningController, DiagnosisController, RunsController],
  }),
});
