import { gauge, Measurements } from '@latchkey/shared/observability';
import { Door, sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { Injectable } from '@nestjs/common';

const pending = gauge('billing_compensations_pending', 'Subscriptions we want ended whose money is not all back yet.');
const oldestPending = gauge('billing_compensation_oldest_seconds', 'Age of the oldest of them.');
const oldestEvent = gauge(
  'stripe_event_waiting_oldest_seconds',
  'Age of the oldest stored event that is not applied yet.',
);
const behind = gauge(
  'stripe_walk_behind_seconds',
  'How long ago everything that Stripe lists had passed by us, by list.',
  ['list'],
);

interface Row {
  owed: number;
  owed_since: string | null;
  event_since: string | null;
  walks: Record<string, string> | null;
}

/** What billing still owes: money, events, and the look into Stripe's own lists. */
@Injectable()
export class MeasureBilling {
  constructor(
    private readonly door: Door,
    private readonly clock: Clock,
    measurements: Measurements,
  ) {
    measurements.add('billing', () => this.door.read('measure-billing', () => this.run()));
  }

  private async run(): Promise<void> {
    const [row] = await sql<Row>(
      `with owed as (
         select id, end_wanted_at as since from subscription where end_wanted is not null and ended_at is null
         union all
         select subscription_id, wanted_at from refund where refunded_at is null and subscription_id is not null)
       select (select count(distinct id)::int from owed) as owed, (select min(since)::text from owed) as owed_since,
         (select min(received_at)::text from stripe_event where state = 'waiting') as event_since,
         (select jsonb_object_agg(name, seen_until) from stripe_walk) as walks`,
    );
    pending.set(row!.owed);
    oldestPending.set(this.ageSeconds(row!.owed_since));
    oldestEvent.set(this.ageSeconds(row!.event_since));
    for (const [list, seenUntil] of Object.entries(row!.walks ?? {})) behind.set({ list }, this.ageSeconds(seenUntil));
  }

  private ageSeconds(since: string | null): number {
    return since === null ? 0 : Math.max(0, this.clock.nowMs() - Date.parse(since)) / 1_000;
  }
}
