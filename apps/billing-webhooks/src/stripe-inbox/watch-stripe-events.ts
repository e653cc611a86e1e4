import { enqueue } from '@latchkey/shared/jobs';
import { Door, sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { Injectable } from '@nestjs/common';
import { ApplyStripeEvent } from './jobs.js';

/** Longer than a job's own tries take: whatever waits for so long has lost its job. */
const abandonedAfterMs = 2 * 3_600_000;
const batchSize = 200;

/**
 * Gives events another round: those whose job died with its process on the last try, and those that were buried because
 * they were about a subscription that we have heard of since.
 */
@Injectable()
export class WatchStripeEvents {
  constructor(
    private readonly door: Door,
    private readonly clock: Clock,
  ) {}

  async run(): Promise<void> {
    const now = this.clock.nowMs();
    const ids = await this.door.read('watch-stripe-events', () =>
      sql<{ id: string }>(
        `select id from stripe_event where state = 'waiting' and received_at < $1
         union all
         select e.id from stripe_event e join subscription s on s.id = e.facts->>'subscription_id'
         where e.state = 'dead' and e.outcome like 'unknown_tenant%'
         limit $2`,
        [new Date(now - abandonedAfterMs), batchSize],
      ),
    );
    if (ids.length === 0) return;
    await this.door.commit('watch-stripe-events', async () => {
      await sql(`update stripe_event set state = 'waiting' where id = any($1) and state = 'dead'`, [
        ids.map(({ id }) => id),
      ]);
      for (const { id } of ids) enqueue(ApplyStripeEvent, { event_id: id });
    });
  }
}
