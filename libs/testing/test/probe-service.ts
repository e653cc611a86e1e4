import { Controller, Injectable, type Provider } from '@nestjs/common';
import { Migration } from '@mikro-orm/migrations';
import { z } from 'zod';
import {
  ContactCards,
  EmailSent,
  VerificationRequested,
  TenantSignedUp,
  type EventData,
  type QuestionReply,
  type QuestionRequest,
} from '@latchkey/contracts';
import { CommonConfig } from '@latchkey/shared/config';
import { defineJob, enqueue, OnJob, OnSchedule, type JobData, type JobRun } from '@latchkey/shared/jobs';
import { Answers, OnEvent, type Fact } from '@latchkey/shared/messaging';
import { record, sql } from '@latchkey/shared/persistence';
import { defineService } from '@latchkey/shared/service';

/** What a spec makes the probe do next; shared by all replicas in the process. */
export const behaviour = {
  onSignedUp: async (_fact: Fact): Promise<void> => {},
  onJob: async (_data: { note: string }, run: JobRun): Promise<void> => run.commit(() => undefined),
  onSchedule: async (_run: JobRun): Promise<void> => {},
};

export const ProbeJob = defineJob({
  name: 'probe',
  data: z.object({ note: z.string() }),
  tries: 3,
  backoffSeconds: 1,
  backoffMaxSeconds: 1,
  concurrency: 4,
  timeoutSeconds: 20,
});

export const OneProbeJob = defineJob({ ...ProbeJob, name: 'one-probe', onePerKey: true, concurrency: 1 });

class Migration20261123000001_effects extends Migration {
  override up(): void {
    this.addSql(
      'create table effect (seq bigint generated always as identity primary key, event_id text, tenant_id text, note text)',
    );
  }
}

@Controller()
class ProbeConsumer {
  @OnEvent(TenantSignedUp)
  async signedUp(data: EventData<typeof TenantSignedUp>, fact: Fact): Promise<void> {
    await sql('insert into effect (event_id, tenant_id, note) values ($1, $2, $3)', [
      fact.id,
      fact.tenantId,
      data.verification_id,
    ]);
    await behaviour.onSignedUp(fact);
    record(EmailSent, fact.tenantId, { message_id: data.verification_id, template: 'probe' });
  }

  @OnEvent(VerificationRequested)
  async verified(data: EventData<typeof VerificationRequested>, fact: Fact): Promise<void> {
    await sql('insert into effect (event_id, tenant_id, note) values ($1, $2, $3)', [
      fact.id,
      fact.tenantId,
      `verified ${data.verification_id}`,
    ]);
    enqueue(ProbeJob, { note: data.verification_id });
  }

  @Answers(ContactCards)
  async cards(request: QuestionRequest<typeof ContactCards>): Promise<QuestionReply<typeof ContactCards>> {
    if (request.tenant_ids[0] === 'tenant_slow') await new Promise((resolve) => setTimeout(resolve, 1_000));
    return { cards: [] };
  }
}

@Injectable()
class ProbeJobs {
  @OnJob(ProbeJob)
  async probe(data: JobData<typeof ProbeJob>, run: JobRun): Promise<void> {
    await behaviour.onJob(data, run);
  }

  @OnJob(OneProbeJob)
  async oneProbe(data: JobData<typeof OneProbeJob>, run: JobRun): Promise<void> {
    await behaviour.onJob(data, run);
  }

  /** Once a year: a spec says when. */
  @OnSchedule({ name: 'probe-schedule', cron: '0 0 1 1 *' })
  async schedule(run: JobRun): Promise<void> {
    await behaviour.onSchedule(run);
  }
}

const providers: Provider[] = [ProbeJobs];

/** The smallest service that uses every part of the kit; it plays the notifier. */
export const probe = defineService({
  name: 'notifier',
  config: CommonConfig.extend({ OPERATOR_TOKEN: z.string() }),
  entities: [],
  migrations: [Migration20261123000001_effects],
  module: () => ({ controllers: [ProbeConsumer], providers }),
});

@Controller()
class OlderConsumer {
  @OnEvent(VerificationRequested)
  async verified(data: EventData<typeof VerificationRequested>, fact: Fact): Promise<void> {
    await sql('insert into effect (event_id, tenant_id, note) values ($1, $2, $3)', [
      fact.id,
      fact.tenantId,
      `verified ${data.verification_id}`,
    ]);
  }
}

/** The release before: it does not listen to signups yet. */
export const olderProbe = defineService({
  ...probe,
  module: () => ({ controllers: [OlderConsumer] }),
});
