import { ProblemError } from '@latchkey/shared/errors';
import { sql } from '@latchkey/shared/persistence';
import { Injectable } from '@nestjs/common';
import type { JournalEntry } from '../journal/entry.js';
import { iso } from './at.js';
import { progressRow, type ProgressRow } from './project-entries.js';
import { project, type Progress } from './project.js';

const pageSize = 5_000;

type JournalRow = Pick<JournalEntry, 'event_id' | 'type' | 'tenant_id' | 'occurred_at' | 'data'>;

/**
 * Makes every tenant's progress anew from the journal, in a table beside the living one, and copies it there. The
 * journal goes on being written meanwhile: it is held up only while the last events are brought over. One transaction,
 * so a crash leaves everything as it was; one page of events in memory.
 */
@Injectable()
export class RebuildProgress {
  async run(): Promise<{ tenants: number; events: number }> {
    const [lock] = await sql<{ ours: boolean }>(`select pg_try_advisory_xact_lock(hashtext('facts.rebuild')) as ours`);
    if (!lock?.ours) throw new ProblemError('rebuild_running');
    // Whatever an older transaction wrote is visible by now; what this one and later ones write may be missed below.
    const [snapshot] = await sql<{ horizon: string }>(
      `select pg_snapshot_xmin(pg_current_snapshot())::text as horizon`,
    );
    await sql(`delete from facts.rebuilt_progress`);
    await this.replay('true', []);
    // From here on the journal's writers wait at the table, and everything they finished is visible.
    await sql(`lock table facts.tenant_progress in exclusive mode`);
    await this.replay(`tenant_id in (select tenant_id from facts.event where recorded_in >= $1::text::xid8)`, [
      snapshot!.horizon,
    ]);
    await sql(`delete from facts.tenant_progress`);
    await sql(`insert into facts.tenant_progress select * from facts.rebuilt_progress`);
    await sql(`delete from facts.rebuilt_progress`);
    const [count] = await sql<{ tenants: number; events: number }>(
      `select (select count(*)::int from facts.tenant_progress) as tenants, (select count(*)::int from facts.event) as events`,
    );
    return count!;
  }

  /** Reads whole tenants in order, page by page, and writes each when its last event was seen. */
  private async replay(where: string, values: readonly string[]): Promise<void> {
    let current: { tenantId: string; progress: Progress } | undefined;
    let last: JournalRow | undefined;
    for (;;) {
      const page = await this.page(where, values, last);
      const finished: ProgressRow[] = [];
      for (const row of page) {
        if (current && current.tenantId !== row.tenant_id)
          finished.push(progressRow(current.tenantId, current.progress));
        const progress: Progress = current?.tenantId === row.tenant_id ? current.progress : {};
        current = {
          tenantId: row.tenant_id,
          progress: project(progress, row),
        };
      }
      last = page.at(-1);
      if (page.length < pageSize && current) finished.push(progressRow(current.tenantId, current.progress));
      if (finished.length > 0) await this.write(finished);
      if (page.length < pageSize) return;
    }
  }

  private page(where: string, values: readonly string[], after: JournalRow | undefined): Promise<JournalRow[]> {
    const n = values.length;
    const position = after ? [after.tenant_id, after.occurred_at, after.event_id] : [];
    return sql<JournalRow>(
      `select event_id, type, tenant_id, ${iso('occurred_at')} as occurred_at, data from facts.event e
       where ${where} ${after ? `and (tenant_id, occurred_at, event_id) > ($${n + 1}, $${n + 2}::timestamptz, $${n + 3}::uuid)` : ''}
       order by tenant_id, e.occurred_at, event_id limit ${pageSize}`,
      [...values, ...position],
    );
  }

  private async write(rows: ProgressRow[]): Promise<void> {
    await sql(
      `insert into facts.rebuilt_progress (tenant_id, signed_up_at, milestones)
       select * from jsonb_to_recordset($1::jsonb) as r(tenant_id text, signed_up_at timestamptz, milestones jsonb)
       on conflict (tenant_id) do update set signed_up_at = excluded.signed_up_at, milestones = excluded.milestones`,
      [JSON.stringify(rows)],
    );
  }
}
