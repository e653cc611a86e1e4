import { sql } from '@latchkey/shared/persistence';
import { defineEntity, p } from '@mikro-orm/core';

const OpeningFenceSchema = defineEntity({
  name: 'OpeningFence',
  tableName: 'opening_fence',
  properties: {
    tenantId: p.text().primary(),
    openedEpoch: p.integer(),
    closedEpoch: p.integer(),
  },
});

/**
 * Up to which of the provisioner's tries a workspace was opened and closed; written by the two statements below. Openings
 * and closings of one tenant queue at this row: of the runtime there may be none to lock yet.
 */
export class OpeningFence extends OpeningFenceSchema.class {}
OpeningFenceSchema.setClass(OpeningFence);

/**
 * The provisioner asked, heard nothing, gave up and closed; then its first question arrives after all. The epoch it
 * carries was closed, so nothing is opened for somebody who got the money back. Askers without one are not fenced.
 * `first`: nobody asked for this tenant before, so there is no runtime to look for (inside a commit).
 */
export async function passToOpen(tenantId: string, epoch: number | undefined): Promise<'closed' | 'first' | 'again'> {
  // `xmax` is 0 for a row that this statement made. To one it had to wait for, it may not see the runtime that came with it.
  const [fence] = await sql<{ is_first: boolean }>(
    `insert into opening_fence (tenant_id, opened_epoch, closed_epoch) values ($1, coalesce($2::int, 0), 0)
     on conflict (tenant_id) do update set opened_epoch = greatest(opening_fence.opened_epoch, excluded.opened_epoch)
     where $2::int is null or opening_fence.closed_epoch < excluded.opened_epoch
     returning xmax = 0 and not exists (select from runtime r where r.tenant_id = $1) as is_first`,
    [tenantId, epoch ?? null],
  );
  if (!fence) return 'closed';
  return fence.is_first ? 'first' : 'again';
}

/** False when a later try has opened the workspace: a closing that was on its way must not close that. */
export async function mayClose(tenantId: string, epoch: number | undefined): Promise<boolean> {
  const rows = await sql(
    `insert into opening_fence (tenant_id, opened_epoch, closed_epoch) values ($1, 0, coalesce($2::int, 0))
     on conflict (tenant_id) do update set closed_epoch = greatest(opening_fence.closed_epoch, excluded.closed_epoch)
     where $2::int is null or opening_fence.opened_epoch <= excluded.closed_epoch returning tenant_id`,
    [tenantId, epoch ?? null],
  );
  return rows.length > 0;
}
