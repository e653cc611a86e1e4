import { sql } from '@latchkey/shared/persistence';
import { Injectable } from '@nestjs/common';
import type { JournalEntry } from '../journal/entry.js';
import { project, type Progress } from './project.js';

/** Brings the progress of the tenants of these new journal entries up to date, under their row locks. */
@Injectable()
export class ProjectEntries {
  async run(entries: JournalEntry[]): Promise<void> {
    if (entries.length === 0) return;
    const byTenant = Map.groupBy(entries, (entry) => entry.tenant_id);
    const tenantIds = [...byTenant.keys()];
    // Both in PostgreSQL's order, against deadlocks between replicas.
    await sql(
      `insert into facts.tenant_progress (tenant_id) select t from unnest($1::text[]) as t order by t
       on conflict (tenant_id) do nothing`,
      [tenantIds],
    );
    const rows = await sql<{ tenant_id: string; milestones: Progress }>(
      `select tenant_id, milestones from facts.tenant_progress where tenant_id = any($1) order by tenant_id for update`,
      [tenantIds],
    );
    const changed: ProgressRow[] = [];
    for (const { tenant_id, milestones } of rows) {
      const next = byTenant.get(tenant_id)!.reduce<Progress>(project, milestones);
      if (next !== milestones) changed.push(progressRow(tenant_id, next));
    }
    if (changed.length === 0) return;
    await sql(
      `update facts.tenant_progress p set milestones = r.milestones, signed_up_at = r.signed_up_at
       from jsonb_to_recordset($1::jsonb) as r(tenant_id text, signed_up_at timestamptz, milestones jsonb)
       where p.tenant_id = r.tenant_id`,
      [JSON.stringify(changed)],
    );
  }
}

/** A row of facts.tenant_progress; `signed_up_at` stands beside the milestones because every question filters by it. */
export interface ProgressRow {
  tenant_id: string;
  signed_up_at: string | null;
  milestones: Progress;
}

export function progressRow(tenantId: string, milestones: Progress): ProgressRow {
  return { tenant_id: tenantId, signed_up_at: milestones['total_signups']?.at ?? null, milestones };
}
