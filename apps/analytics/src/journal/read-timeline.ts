import { ProblemError } from '@latchkey/shared/errors';
import { sql } from '@latchkey/shared/persistence';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { iso } from '../progress/at.js';
import type { Progress } from '../progress/project.js';

export const TenantId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'This is not a tenant id.');

export const TimelinePage = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(200),
  offset: z.coerce.number().int().min(0).max(100_000).default(0),
});
export type TimelinePage = z.infer<typeof TimelinePage>;

interface TimelineEntry {
  event_id: string;
  type: string;
  occurred_at: string;
  data: unknown;
  correlation_id: string;
  causation_id: string;
}

export interface Timeline {
  tenant_id: string;
  /** What the funnel counts of this tenant, each with the event that proves it. */
  milestones: Progress;
  total_events: number;
  events: TimelineEntry[];
}

/** One tenant's history, oldest first, and what the numbers make of it. */
@Injectable()
export class ReadTimeline {
  async run(tenantId: string, { limit, offset }: TimelinePage): Promise<Timeline> {
    const [found] = await sql<{ milestones: Progress; total: number }>(
      `select milestones, (select count(*)::int from facts.event e where e.tenant_id = p.tenant_id) as total
       from facts.tenant_progress p where tenant_id = $1`,
      [tenantId],
    );
    if (!found) throw new ProblemError('unknown_tenant');
    const events = await sql<TimelineEntry>(
      `select event_id, type, ${iso('occurred_at')} as occurred_at, data, correlation_id, causation_id from facts.event e
       where tenant_id = $1 order by e.occurred_at, event_id limit $2 offset $3`,
      [tenantId, limit, offset],
    );
    return { tenant_id: tenantId, milestones: found.milestones, total_events: found.total, events };
  }
}
