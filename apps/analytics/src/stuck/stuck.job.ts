import { OnSchedule, type JobRun } from '@latchkey/shared/jobs';
import { Injectable } from '@nestjs/common';
import { FindStuck } from './find-stuck.js';

@Injectable()
export class StuckJob {
  constructor(private readonly findStuck: FindStuck) {}

  /** At five past, so that the numbers of a full hour are in. */
  @OnSchedule({ name: 'find-stuck', cron: '5 * * * *' })
  async look(run: JobRun): Promise<void> {
    await run.commit(() => this.findStuck.run());
  }
}
