import { OnSchedule, type JobRun } from '@latchkey/shared/jobs';
import { Injectable } from '@nestjs/common';
import { FindLostEvents } from './find-lost-events.js';
import { FindLostPayments } from './find-lost-payments.js';

/** Looks at Stripe itself for what nobody told us. */
@Injectable()
export class ReconcilerJobs {
  constructor(
    private readonly findLostEvents: FindLostEvents,
    private readonly findLostPayments: FindLostPayments,
  ) {}

  @OnSchedule({ name: 'find-lost-events', cron: '* * * * *' })
  async events(run: JobRun): Promise<void> {
    await this.findLostEvents.run(run.signal);
  }

  @OnSchedule({ name: 'find-lost-payments', cron: '23 * * * *' })
  async payments(run: JobRun): Promise<void> {
    await this.findLostPayments.run(run.signal);
  }
}
