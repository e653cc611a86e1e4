import { defineEntity, p } from '@mikro-orm/core';
import type { StripeEventFacts } from './read-stripe-event.js';

const StripeEventSchema = defineEntity({
  name: 'StripeEventRow',
  tableName: 'stripe_event',
  properties: {
    /** Stripe's event id: what makes a second delivery harmless. */
    id: p.text().primary(),
    type: p.text(),
    apiVersion: p.text().nullable(),
    /** Ids and amounts only. The payload also holds names and addresses, which stay at Stripe (DESIGN rule 10). */
    facts: p.json<StripeEventFacts>().nullable(),
    state: p.text().$type<'ignored' | 'waiting' | 'applied' | 'dead'>(),
    /** What applying it came to, for operators. */
    outcome: p.text().nullable(),
    happenedAt: p.datetime(3),
    receivedAt: p.datetime(3),
    appliedAt: p.datetime(3).nullable(),
  },
  indexes: [
    { name: 'stripe_event_received_index', properties: ['receivedAt'] },
    { name: 'stripe_event_open_index', properties: ['receivedAt'], where: `state in ('waiting', 'dead')` },
    ...['session_id', 'subscription_id'].map((fact) => ({
      name: `stripe_event_${fact}_index`,
      expression: `create index "stripe_event_${fact}_index" on "stripe_event" ((facts->>'${fact}')) where facts->>'${fact}' is not null`,
    })),
  ],
});

/** One delivery of Stripe's, stored before we said 200. */
export class StripeEventRow extends StripeEventSchema.class {
  applied(outcome: string, now: Date): void {
    this.state = 'applied';
    this.outcome = outcome;
    this.appliedAt = now;
  }

  /** Kept with its reason for an operator; never dropped (FEATURES section 5, trap 4). */
  dead(reason: string): void {
    if (this.state === 'applied') return;
    this.state = 'dead';
    this.outcome = reason.slice(0, 300);
  }
}
StripeEventSchema.setClass(StripeEventRow);
