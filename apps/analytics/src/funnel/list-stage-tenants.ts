import { ProblemError } from '@latchkey/shared/errors';
import { sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { at, isTestTenant } from '../progress/at.js';
import { FunnelQuery } from './funnel-query.js';
import { stages } from './stages.js';
import { steps } from './steps.js';

export const StageQuery = FunnelQuery.extend({
  /** `true`: who reached the step before and not this one. */
  dropped: z.enum(['true', 'false']).default('false'),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
});
export type StageQuery = z.infer<typeof StageQuery>;

export interface StageTenants {
  stage: string;
  total: number;
  /** The proof of each: `event_id` is in the tenant's timeline. Of who dropped off, the event of the step before. */
  tenants: { tenant_id: string; reached_at: string; event_id: string }[];
}

/** The tenants behind a number of the funnel, each with the event that made it count: a funnel one can audit. */
@Injectable()
export class ListStageTenants {
  constructor(private readonly clock: Clock) {}

  async run(stage: string, { days, dropped, limit, offset }: StageQuery): Promise<StageTenants> {
    const known = stages.find(({ name }) => name === stage);
    const step = steps.find(({ name }) => name === stage);
    if (!known || (dropped === 'true' && !step)) throw new ProblemError('not_found');
    const proof = dropped === 'true' ? step!.previous : known.name;
    const missing = dropped === 'true' ? `and not jsonb_exists(milestones, '${known.name}')` : '';
    const there = `from facts.tenant_progress
      where signed_up_at >= $1 and not ${isTestTenant} and jsonb_exists(milestones, '${proof}') ${missing}`;
    const since = new Date(this.clock.nowMs() - days * 86_400_000).toISOString();
    const [count] = await sql<{ total: number }>(`select count(*)::int as total ${there}`, [since]);
    const tenants = await sql<StageTenants['tenants'][number]>(
      `select tenant_id, milestones -> '${proof}' ->> 'at' as reached_at, milestones -> '${proof}' ->> 'event' as event_id
       ${there} order by ${at(proof)}, tenant_id limit $2 offset $3`,
      [since, limit, offset],
    );
    return { stage, total: count!.total, tenants };
  }
}
