import { OnSchedule, type JobRun } from '@latchkey/shared/jobs';
import { Injectable } from '@nestjs/common';
import { WatchDeliverability } from './watch-deliverability.js';

@Injectable()
export class DeliveryJobs {
  constructor(private readonly watchDeliverability: WatchDeliverability) {}

  @OnSchedule({ name: 'watch-deliverability', cron: '7 * * * *' })
  async watch(run: JobRun): Promise<void> {
    await run.commit(() => this.watchDeliverability.run());
  }
}
