import { counter, histogram } from '@latchkey/shared/observability';
import { sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { StripeApi, type StripeEvent } from '@latchkey/vendor-stripe';
import { Injectable } from '@nestjs/common';
import { usedEventTypes } from '../stripe-inbox/read-stripe-event.js';
import { StoreStripeEvent } from '../stripe-inbox/store-stripe-event.js';
import { WalkStripeList } from './walk-stripe-list.js';

const found = counter('stripe_events_found_total', 'What no webhook brought and the reconciler found at Stripe.', [
  'type',
]);
const foundAge = histogram(
  'stripe_event_found_age_seconds',
  'How old an event was when the reconciler found it.',
  ['list'],
  [120, 300, 900, 3_600, 21_600, 86_400, 259_200, 2_592_000],
);

/** Called lost only then: a webhook usually comes within seconds. */
const webhookGraceMs = 60_000;
/** Longer than the grace; also bridges clocks that differ, and Stripe listing something late. */
const overlapMs = 10 * 60_000;

/** Counts what a webhook should have brought. */
export function countFound(list: string, type: string, ageMs: number): void {
  found.inc({ type });
  foundAge.observe({ list }, Math.max(0, ageMs) / 1_000);
}

/**
 * Webhooks are a convenience, Stripe's own list of events is the truth: whatever it holds and our inbox does not goes
 * through the same inbox. An endpoint that was down for days, or that lost everything, costs nobody anything (N2, I-8).
 */
@Injectable()
export class FindLostEvents {
  constructor(
    private readonly clock: Clock,
    private readonly stripe: StripeApi,
    private readonly walkStripeList: WalkStripeList,
    private readonly storeStripeEvent: StoreStripeEvent,
  ) {}

  async run(signal: AbortSignal): Promise<void> {
    await this.walkStripeList.run<StripeEvent>(
      {
        name: 'events',
        overlapMs,
        page: (since) => this.stripe.pageOfEvents({ ...since, types: usedEventTypes }),
        take: (events) => this.take(events),
      },
      signal,
    );
  }

  private async take(events: StripeEvent[]): Promise<void> {
    const due = events.filter((event) => {
      const ageMs = this.ageMs(event);
      // An event of our future (Stripe's clock is ahead) is taken at once: it would never come of age in time.
      return ageMs >= webhookGraceMs || ageMs < 0;
    });
    const known = await sql<{ id: string }>('select id from stripe_event where id = any($1)', [
      due.map(({ id }) => id),
    ]);
    const delivered = new Set(known.map(({ id }) => id));
    // The oldest first, as webhooks would have come.
    for (const event of due.filter(({ id }) => !delivered.has(id)).reverse())
      if ((await this.storeStripeEvent.run(event)) === 'stored') countFound('events', event.type, this.ageMs(event));
  }

  private ageMs(event: StripeEvent): number {
    return this.clock.nowMs() - event.created * 1_000;
  }
}
