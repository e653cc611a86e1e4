import { OnJob, OnSchedule, type JobData, type JobRun } from '@latchkey/shared/jobs';
import { Injectable } from '@nestjs/common';
import { ApplyOneStripeEvent } from './apply-stripe-event.js';
import { ForgetOldStripeEvents } from './forget-old-stripe-events.js';
import { ApplyStripeEvent } from './jobs.js';

/** Due work of the inbox. */
@Injectable()
export class StripeEventJobs {
  constructor(
    private readonly applyOneStripeEvent: ApplyOneStripeEvent,
    private readonly forgetOldStripeEvents: ForgetOldStripeEvents,
  ) {}

  @OnJob(ApplyStripeEvent)
  async apply({ event_id }: JobData<typeof ApplyStripeEvent>, run: JobRun): Promise<void> {
    await this.applyOneStripeEvent.run(event_id, run);
  }

  @OnSchedule({ name: 'forget-old-stripe-events', cron: '17 4 * * *' })
  async forget(_run: JobRun): Promise<void> {
    await this.forgetOldStripeEvents.run();
  }
}
