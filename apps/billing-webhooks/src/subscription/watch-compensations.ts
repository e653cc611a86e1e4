import { enqueue } from '@latchkey/shared/jobs';
import { gauge } from '@latchkey/shared/observability';
import { Door, em } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { Injectable } from '@nestjs/common';
import { EndSubscription } from './jobs.js';
import { Subscription } from './subscription.entity.js';

const pending = gauge('billing_compensations_pending', 'Subscriptions we want ended whose money is not all back yet.');
const oldest = gauge('billing_compensation_oldest_seconds', 'Age of the oldest of them: alarm above ten minutes.');
const abandonedAfterMs = 15 * 60_000;
const watchedMax = 500;

/** Keeps the promise visible, and starts a compensation again whose job an operator or an accident removed. */
@Injectable()
export class WatchCompensations {
  constructor(
    private readonly door: Door,
    private readonly clock: Clock,
  ) {}

  async run(): Promise<void> {
    const waiting = await this.door.read('watch-compensations', () =>
      em().find(
        Subscription,
        { endWanted: { $ne: null }, endedAt: null },
        { orderBy: { endWantedAt: 'asc' }, limit: watchedMax },
      ),
    );
    pending.set(waiting.length);
    const ageMs = ({ endWantedAt }: Subscription) => this.clock.nowMs() - (endWantedAt?.getTime() ?? 0);
    oldest.set(waiting[0] ? ageMs(waiting[0]) / 1_000 : 0);
    const late = waiting.filter((subscription) => ageMs(subscription) > abandonedAfterMs);
    if (late.length === 0) return;
    await this.door.commit('watch-compensations', () => {
      for (const { id } of late) enqueue(EndSubscription, { subscription_id: id }, { key: id });
    });
  }
}
