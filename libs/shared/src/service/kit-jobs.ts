import { Injectable } from '@nestjs/common';
import { OnSchedule, type JobRun } from '../jobs/index.js';
import { em } from '../persistence/transaction.js';
import { tendOutbox } from '../persistence/outbox.js';
import { Clock } from '../time/clock.js';

/** The kit's own housekeeping, once a day. */
@Injectable()
export class KitJobs {
  constructor(private readonly clock: Clock) {}

  @OnSchedule({ name: 'tend-outbox', cron: '17 3 * * *' })
  async tend(run: JobRun): Promise<void> {
    await run.commit(() => tendOutbox(em(), this.clock.now()));
  }
}
