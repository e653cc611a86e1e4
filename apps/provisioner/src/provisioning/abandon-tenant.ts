import { Injectable } from '@nestjs/common';
import { LockMode } from '@mikro-orm/core';
import { enqueue } from '@latchkey/shared/jobs';
import { em, sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { AdvanceRun, nowKey } from './jobs.js';
import { Run, type AbandonedBecause } from './run.entity.js';

/** Above every generation there can be. */
export const everyGeneration = 2_147_483_647;

/**
 * Somebody who owns the decision decided against a tenant: signup that it waited too long, billing that the subscription
 * has ended. Whatever the provisioner was doing, or is still to hear of, ends undone (inside a commit).
 */
@Injectable()
export class AbandonTenant {
  constructor(private readonly clock: Clock) {}

  /** `finishedToo` takes back what is provisioned already: then money was given back, and nobody has both. */
  async run(
    tenantId: string,
    because: AbandonedBecause,
    { throughGeneration = everyGeneration, finishedToo = false } = {},
  ): Promise<void> {
    const now = this.clock.now();
    await lockTenant(tenantId);
    await sql(
      `insert into abandonment (tenant_id, through_generation, because, decided_at) values ($1, $2, $3, $4)
       on conflict (tenant_id) do update set through_generation = excluded.through_generation, because = excluded.because
       where abandonment.through_generation < excluded.through_generation`,
      [tenantId, throughGeneration, because, now.toISOString()],
    );
    const runs = await em().find(
      Run,
      { tenantId, generation: { $lte: throughGeneration } },
      { lockMode: LockMode.PESSIMISTIC_WRITE },
    );
    for (const run of runs) {
      if (run.state === 'done' && !finishedToo) continue;
      if (run.abandon(because, now) === 'undo') enqueue(AdvanceRun, { run_id: run.id }, { key: nowKey(run.id) });
    }
  }
}

/** A clearance and a decision against it may arrive at the same moment; one of them must see the other. */
export async function lockTenant(tenantId: string): Promise<void> {
  await sql('select pg_advisory_xact_lock(hashtext($1))', [`provision:${tenantId}`]);
}
