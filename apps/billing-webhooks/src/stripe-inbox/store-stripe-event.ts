import { enqueue } from '@latchkey/shared/jobs';
import { sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import type { StripeEvent } from '@latchkey/vendor-stripe';
import { Injectable } from '@nestjs/common';
import { ApplyStripeEvent } from './jobs.js';
import { readStripeEvent } from './read-stripe-event.js';

export type Stored = 'stored' | 'ignored' | 'duplicate';

/**
 * The inbox: event and job become true in one commit, before Stripe hears a 200 (N2, OPERATIONS I-6). The event id
 * makes a redelivery harmless. Plain SQL, because Stripe delivers in bursts.
 */
@Injectable()
export class StoreStripeEvent {
  constructor(private readonly clock: Clock) {}

  async run(event: StripeEvent): Promise<Stored> {
    const facts = readStripeEvent(event);
    const rows = await sql(
      `insert into stripe_event (id, type, api_version, facts, state, happened_at, received_at)
       values ($1, $2, $3, $4::jsonb, $5, $6, $7) on conflict do nothing returning id`,
      [
        event.id,
        event.type,
        event.api_version,
        facts && JSON.stringify(facts),
        facts ? 'waiting' : 'ignored',
        new Date(event.created * 1_000),
        this.clock.now(),
      ],
    );
    if (rows.length === 0) return 'duplicate';
    if (!facts) return 'ignored';
    enqueue(ApplyStripeEvent, { event_id: event.id });
    return 'stored';
  }
}
