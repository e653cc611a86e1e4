import { gauge, Measurements } from '@latchkey/shared/observability';
import { Door, sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { Injectable } from '@nestjs/common';

const openRuns = gauge('provisioning_runs_open', 'Runs that are not over, by state.', ['state']);
const oldestOpen = gauge('provisioning_oldest_open_seconds', 'Age of the oldest run that is not over.');
const poolReady = gauge('provisioning_pool_ready', 'Warm workspaces nobody has claimed yet.');

const open = ['running', 'retrying', 'undoing'];

/** What is under way and what is in stock. */
@Injectable()
export class MeasureRuns {
  constructor(
    private readonly door: Door,
    private readonly clock: Clock,
    measurements: Measurements,
  ) {
    measurements.add('runs', () => this.door.read('measure-runs', () => this.run()));
  }

  private async run(): Promise<void> {
    const rows = await sql<{ state: string; runs: number; since: string }>(
      `select state, count(*)::int as runs, min(cleared_at)::text as since from run
       where state in ('running', 'retrying', 'undoing') group by state`,
    );
    for (const state of open) openRuns.set({ state }, rows.find((row) => row.state === state)?.runs ?? 0);
    const sinceMs = Math.min(...rows.map(({ since }) => Date.parse(since)));
    oldestOpen.set(rows.length === 0 ? 0 : Math.max(0, this.clock.nowMs() - sinceMs) / 1_000);
    const [stock] = await sql<{ ready: number }>(`select count(*)::int as ready from standby where state = 'ready'`);
    poolReady.set(stock!.ready);
  }
}
