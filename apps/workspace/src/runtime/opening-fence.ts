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

/** Up to which of the provisioner's tries a workspace was opened and closed; written by the two statements below. */
export class OpeningFence extends OpeningFenceSchema.class {}
OpeningFenceSchema.setClass(OpeningFence);

/** Openings and closings of one tenant queue here: there may be no row to lock yet (inside a commit). */
export async function lockOpening(tenantId: string): Promise<void> {
  await sql('select pg_advisory_xact_lock(hashtext($1))', [`open:${tenantId}`]);
}

/**
 * The provisioner asked, heard nothing, gave up and closed; then its first question arrives after all. The epoch it
 * carries was closed, so nothing is opened for somebody who got the money back. Askers without one are not fenced.
 */
export async function mayOpen(tenantId: string, epoch: number | undefined): Promise<boolean> {
  if (epoch === undefined) return true;
  const rows = await sql(
    `insert into opening_fence (tenant_id, opened_epoch, closed_epoch) values ($1, $2, 0)
     on conflict (tenant_id) do update set opened_epoch = greatest(opening_fence.opened_epoch, excluded.opened_epoch)
     where opening_fence.closed_epoch < excluded.opened_epoch returning tenant_id`,
    [tenantId, epoch],
  );
  return rows.length > 0;
}

/** False when a later try has opened the workspace: a closing that was on its way must not close that. */
export async function mayClose(tenantId: string, epoch: number | undefined): Promise<boolean> {
  if (epoch === undefined) return true;
  const rows = await sql(
    `insert into opening_fence (tenant_id, opened_epoch, closed_epoch) values ($1, 0, $2)
     on conflict (tenant_id) do update set closed_epoch = greatest(opening_fence.closed_epoch, excluded.closed_epoch)
     where opening_fence.opened_epoch <= excluded.closed_epoch returning tenant_id`,
    [tenantId, epoch],
  );
  return rows.length > 0;
}
