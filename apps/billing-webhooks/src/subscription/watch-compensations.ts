import { enqueue } from '@latchkey/shared/jobs';
import { Door, sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { Injectable } from '@nestjs/common';
import { EndSubscription } from './jobs.js';

const abandonedAfterMs = 15 * 60_000;
const watchedMax = 500;

/**
 * Keeps the promise: starts a compensation again whose job an operator or an accident removed: of a
 * subscription that has not ended, or one that has while a late payment of it is not back.
 */
@Injectable()
export class WatchCompensations {
  constructor(
    private readonly door: Door,
    private readonly clock: Clock,
  ) {}

  async run(): Promise<void> {
    const rows = await this.door.read('watch-compensations', () =>
      sql<{ id: string; since: string }>(
        `select id, min(since) as since from (
           select id, end_wanted_at as since from subscription where end_wanted is not null and ended_at is null
           union all
           select subscription_id, wanted_at from refund where refunded_at is null and subscription_id is not null
         ) owed group by id order by since limit $1`,
        [watchedMax],
      ),
    );
    const waiting = rows.map(({ id, since }) => ({ id, ageMs: this.clock.nowMs() - Date.parse(since) }));
    const late = waiting.filter(({ ageMs }) => ageMs > abandonedAfterMs);
    if (late.length === 0) return;
    await this.door.commit('watch-compensations', () => {
      for (const { id } of late) enqueue(EndSubscription, { subscription_id: id }, { key: id });
    });
  }
}
