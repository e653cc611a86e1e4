import { Injectable } from '@nestjs/common';
import { OnJob, OnSchedule, type JobData, type JobRun } from '@latchkey/shared/jobs';
import { AdvanceRun } from './advance-run.js';
import { AdvanceRun as AdvanceRunJob, SweepFailedRun as SweepFailedRunJob } from './jobs.js';
import { SweepFailedRun } from './sweep-failed-run.js';
import { WatchRuns } from './watch-runs.js';

@Injectable()
export class ProvisioningJobs {
  constructor(
    private readonly advanceRun: AdvanceRun,
    private readonly sweepFailedRun: SweepFailedRun,
    private readonly watchRuns: WatchRuns,
  ) {}

  @OnJob(AdvanceRunJob)
  async advance({ run_id }: JobData<typeof AdvanceRunJob>, run: JobRun): Promise<void> {
    await this.advanceRun.run(run_id, run);
  }

  @OnJob(SweepFailedRunJob)
  async sweep({ run_id }: JobData<typeof SweepFailedRunJob>, run: JobRun): Promise<void> {
    await this.sweepFailedRun.run(run_id, run);
  }

  @OnSchedule({ name: 'watch-runs', cron: '* * * * *' })
  async watch(run: JobRun): Promise<void> {
    await run.commit(() => this.watchRuns.run());
  }
}
