import { defineService } from '@latchkey/shared/service';
import { SessionTokens } from '@latchkey/shared/sessions';
import { Clock } from '@latchkey/shared/time';
import { CallerGuard } from './access/caller.guard.js';
import { ApiKey } from './api-keys/api-key.entity.js';
import { ApiKeysController } from './api-keys/api-keys.controller.js';
import { IssueKey } from './api-keys/issue-key.js';
import { RevealKey } from './api-keys/reveal-key.js';
import { RevokeKey } from './api-keys/revoke-key.js';
import { RotateKey } from './api-keys/rotate-key.js';
import { Config, CONFIG } from './config.js';
import { AcceptDocument } from './documents/accept-document.js';
import { DeleteDocument } from './documents/delete-document.js';
import { Document, DocumentContent } from './documents/document.entity.js';
import { DocumentsController } from './documents/documents.controller.js';
import { DocumentJobs } from './documents/documents.job.js';
import { IndexDocument } from './documents/index-document.js';
import { DocumentReader } from './documents/reading/document-reader.js';
import { StoreChunks } from './documents/store-chunks.js';
import { EraseTenant } from './erasure/erase-tenant.js';
import { Migration20261123000001_workspace } from './migrations/Migration20261123000001_workspace.js';
import { Migration20261124000001_opening_fence } from './migrations/Migration20261124000001_opening_fence.js';
import { Migration20261124000002_content_hash } from './migrations/Migration20261124000002_content_hash.js';
import { vendorProviders } from './models.js';
import { DiagnosisController } from './operator/diagnosis.controller.js';
import { AskQuestion } from './questions/ask-question.js';
import { FindPassages } from './questions/find-passages.js';
import { QueryController } from './questions/query.controller.js';
import { Question } from './questions/question.entity.js';
import { QuestionJobs } from './questions/questions.job.js';
import { Quota } from './quota/quota.js';
import { QuotaPeriod } from './quota/quota-period.entity.js';
import { ReadUsage } from './quota/read-usage.js';
import { UsageController } from './quota/usage.controller.js';
import { ChangePlan } from './runtime/change-plan.js';
import { CloseWorkspace } from './runtime/close-workspace.js';
import { OpenWorkspace } from './runtime/open-workspace.js';
import { OpeningFence } from './runtime/opening-fence.js';
import { RuntimeConsumer } from './runtime/runtime.consumer.js';
import { Runtime } from './runtime/runtime.entity.js';
import { SettingsController } from './runtime/settings.controller.js';
import { SuspendWorkspace } from './runtime/suspend-workspace.js';

/** The product: document question-answering. An adopter puts his own here and keeps the rest of the house. */
export const workspace = defineService({
  name: 'workspace',
  config: Config,
  entities: [Runtime, OpeningFence, QuotaPeriod, ApiKey, Question, Document, DocumentContent],
  migrations: [
    Migration20261123000001_workspace,
    Migration20261124000001_opening_fence,
    Migration20261124000002_content_hash,
  ],
  module: (config) => ({
    controllers: [
      RuntimeConsumer,
      QueryController,
      DiagnosisController,
      DocumentsController,
      ApiKeysController,
      UsageController,
      SettingsController,
    ],
    providers: [
      { provide: CONFIG, useValue: config },
      ...vendorProviders(config),
      {
        provide: SessionTokens,
        useFactory: (clock: Clock) =>
          new SessionTokens({ jwksUrl: config.JWKS_URL, issuer: config.JWT_ISSUER ?? config.PUBLIC_URL }, clock),
        inject: [Clock],
      },
      CallerGuard,
      ...[OpenWorkspace, CloseWorkspace, ChangePlan, SuspendWorkspace, EraseTenant],
      ...[Quota, ReadUsage],
      ...[IssueKey, RevealKey, RotateKey, RevokeKey],
      ...[AskQuestion, FindPassages, QuestionJobs],
      ...[AcceptDocument, DeleteDocument, IndexDocument, StoreChunks, DocumentReader, DocumentJobs],
    ],
  }),
});
