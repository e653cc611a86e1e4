import { enqueue } from '@latchkey/shared/jobs';
import { sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { stripeApiVersion, type StripeEvent } from '@latchkey/vendor-stripe';
import { Injectable } from '@nestjs/common';
import { ApplyStripeEvent } from './jobs.js';
import { readStripeEvent, type StripeEventFacts } from './read-stripe-event.js';

export type Stored = 'stored' | 'ignored' | 'duplicate';

/**
 * The inbox: event and job become true in one commit, before Stripe hears a 200 (N2, OPERATIONS I-6). The event id
 * makes a redelivery harmless. Plain SQL, because Stripe delivers in bursts.
 */
@Injectable()
export class StoreStripeEvent {
  constructor(private readonly clock: Clock) {}

  async run(event: StripeEvent, facts = readStripeEvent(event)): Promise<Stored> {
    const { id, type, api_version: apiVersion } = event;
    if (!(await this.insert({ id, type, apiVersion, facts, happenedAt: new Date(event.created * 1_000) })))
      return 'duplicate';
    return facts ? 'stored' : 'ignored';
  }

  /** What we found out by asking Stripe; from here on it is treated as if an event had told us. False: it is here already. */
  found(id: string, type: StripeEvent['type'], facts: StripeEventFacts): Promise<boolean> {
    return this.insert({ id, type, apiVersion: stripeApiVersion, facts, happenedAt: this.clock.now() });
  }

  private async insert(row: {
    id: string;
    type: string;
    apiVersion: string | null;
    facts: StripeEventFacts | null;
    happenedAt: Date;
  }): Promise<boolean> {
    const { id, type, apiVersion, facts, happenedAt } = row;
    const rows = await sql(
      `insert into stripe_event (id, type, api_version, facts, state, happened_at, received_at)
       values ($1, $2, $3, $4::jsonb, $5, $6, $7) on conflict do nothing returning id`,
      [
        id,
        type,
        apiVersion,
        facts && JSON.stringify(facts),
        facts ? 'waiting' : 'ignored',
        happenedAt,
        this.clock.now(),
      ],
    );
    if (rows.length === 0) return false;
    if (facts) enqueue(ApplyStripeEvent, { event_id: id });
    return true;
  }
}
