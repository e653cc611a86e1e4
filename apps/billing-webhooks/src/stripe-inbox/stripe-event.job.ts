import { OnJob, OnSchedule, type JobData, type JobRun } from '@latchkey/shared/jobs';
import { Injectable } from '@nestjs/common';
import { ApplyOneStripeEvent } from './apply-stripe-event.js';
import { ForgetOldStripeEvents } from './forget-old-stripe-events.js';
import { ApplyStripeEvent } from './jobs.js';
import { WatchStripeEvents } from './watch-stripe-events.js';

/** Due work of the inbox. */
@Injectable()
export class StripeEventJobs {
  constructor(
    private readonly applyOneStripeEvent: ApplyOneStripeEvent,
    private readonly watchStripeEvents: WatchStripeEvents,
    private readonly forgetOldStripeEvents: ForgetOldStripeEvents,
  ) {}

  @OnJob(ApplyStripeEvent)
  async apply({ event_id }: JobData<typeof ApplyStripeEvent>, run: JobRun): Promise<void> {
    await this.applyOneStripeEvent.run(event_id, run);
  }

  /** Half-hourly: the round it gives an event takes an hour at most, so at most two overlap, which is harmless. */
  @OnSchedule({ name: 'watch-stripe-events', cron: '8,38 * * * *' })
  async watch(_run: JobRun): Promise<void> {
    await this.watchStripeEvents.run();
  }

  @OnSchedule({ name: 'forget-old-stripe-events', cron: '17 4 * * *' })
  async forget(_run: JobRun): Promise<void> {
    await this.forgetOldStripeEvents.run();
  }
}
