import { StripeApi, type StripeCheckout } from '@latchkey/vendor-stripe';
import { Injectable } from '@nestjs/common';
import type { StripeEventFacts } from './read-stripe-event.js';

/** The job is woken by the commit that stores its event: what nobody took after so long belongs to another replica's job. */
const keptMs = 2_000;
/** As many as jobs run at once. In a storm the rest is read by its jobs, which then have a queue to wait in anyway. */
const aheadMax = 12;

/**
 * Asks Stripe about a payment page while the event that speaks of it is still being stored: the customer waits for both.
 * It is the same question that the event's job would ask, begun after the event as well, so its answer is as true. In
 * memory only: whoever finds nothing here asks for themselves.
 */
@Injectable()
export class ReadAhead {
  private readonly reads = new Map<string, Promise<StripeCheckout>>();

  constructor(private readonly stripe: StripeApi) {}

  /** For a verified event only: anybody can send a forged one, and none may make us call Stripe. */
  start(facts: StripeEventFacts | null): void {
    if (facts?.kind !== 'checkout') return;
    const { session_id: sessionId } = facts;
    // An answer to an earlier event's question may be older than this event.
    this.reads.delete(sessionId);
    if (this.reads.size >= aheadMax) return;
    const read = this.stripe.getCheckout(sessionId);
    // Told to whoever takes it; nobody may.
    read.catch(() => undefined);
    this.reads.set(sessionId, read);
    setTimeout(() => {
      if (this.reads.get(sessionId) === read) this.reads.delete(sessionId);
    }, keptMs).unref();
  }

  /** Once: a repeated try asks Stripe anew. */
  take(sessionId: string): Promise<StripeCheckout> | undefined {
    const read = this.reads.get(sessionId);
    this.reads.delete(sessionId);
    return read;
  }
}
