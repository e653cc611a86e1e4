import { Injectable } from '@nestjs/common';
import { enqueue } from '@latchkey/shared/jobs';
import { counter } from '@latchkey/shared/observability';
import { sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { AdvanceRun, nowKey, quietSeconds } from './jobs.js';

const rescued = counter('provisioning_runs_rescued_total', 'Runs that nobody worked on and that were taken up again.');

/**
 * The net under the jobs: a run that is open, due and untouched for minutes is taken up again. Queueing it twice does no
 * harm, and a run past its deadline is undone by whoever takes it up.
 */
@Injectable()
export class WatchRuns {
  constructor(private readonly clock: Clock) {}

  async run(): Promise<void> {
    const quietSince = new Date(this.clock.nowMs() - quietSeconds * 1_000).toISOString();
    const quiet = await sql<{ id: string }>(
      `select id from run where state in ('running', 'retrying', 'undoing') and touched_at < $1
         and (next_attempt_at is null or next_attempt_at < $1) order by touched_at limit 100`,
      [quietSince],
    );
    for (const { id } of quiet) enqueue(AdvanceRun, { run_id: id }, { key: nowKey(id) });
    rescued.inc(quiet.length);
  }
}
