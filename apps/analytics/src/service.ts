import { defineService } from '@latchkey/shared/service';
import { Config, CONFIG } from './config.js';
import { AskOwners } from './doctor/ask-owners.js';
import { DoctorController } from './doctor/doctor.controller.js';
import { ListStageTenants } from './funnel/list-stage-tenants.js';
import { FunnelController } from './funnel/funnel.controller.js';
import { MeasureFunnel } from './funnel/measure-funnel.js';
import { Journal } from './journal/journal.consumer.js';
import { JournalController } from './journal/journal.controller.js';
import { ReadTimeline } from './journal/read-timeline.js';
import { RecordFacts } from './journal/record-facts.js';
import { Migration20261123000001_analytics } from './migrations/Migration20261123000001_analytics.js';
import { Migration20261128000001_rebuilt_progress } from './migrations/Migration20261128000001_rebuilt_progress.js';
import { FunnelGauges } from './observability/funnel-gauges.js';
import { ProjectEntries } from './progress/project-entries.js';
import { RebuildProgress } from './progress/rebuild-progress.js';
import { AskContacts } from './stuck/ask-contacts.js';
import { FindStuck } from './stuck/find-stuck.js';
import { ListStuck } from './stuck/list-stuck.js';
import { StuckController } from './stuck/stuck.controller.js';
import { StuckJob } from './stuck/stuck.job.js';
import { TestTenantsController } from './test-tenants/test-tenants.controller.js';

/** What happened to whom: the journal of all events, the funnel, and who needs a person. */
export const analytics = defineService({
  name: 'analytics',
  config: Config,
  entities: [],
  migrations: [Migration20261123000001_analytics, Migration20261128000001_rebuilt_progress],
  module: (config) => ({
    providers: [
      { provide: CONFIG, useValue: config },
      // journal and what follows from it
      Journal,
      RecordFacts,
      ProjectEntries,
      RebuildProgress,
      ReadTimeline,
      // questions of operators
      MeasureFunnel,
      ListStageTenants,
      ListStuck,
      AskContacts,
      FunnelGauges,
      AskOwners,
      // the hourly look
      FindStuck,
      StuckJob,
    ],
    controllers: [FunnelController, StuckController, DoctorController, JournalController, TestTenantsController],
  }),
});
