import { GiveUp, stoppedForMs } from '@latchkey/shared/errors';
import type { JobRun } from '@latchkey/shared/jobs';
import { counter, Log } from '@latchkey/shared/observability';
import { Door, em } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { StripeApi, type StripeCheckout } from '@latchkey/vendor-stripe';
import { Injectable } from '@nestjs/common';
import { Checkout } from '../checkout/checkout.entity.js';
import { SettleCheckout } from '../checkout/settle-checkout.js';
import { SyncSubscription } from '../subscription/sync-subscription.js';
import { RecordRefund } from '../subscription/record-refund.js';
import { UnknownToUs } from './unknown-to-us.js';
import type { StripeEventFacts } from './read-stripe-event.js';
import { StripeEventRow } from './stripe-event.entity.js';

const applied = counter('stripe_events_applied_total', 'Stored Stripe events by what applying them came to.', [
  'kind',
  'outcome',
]);

/**
 * Finds out what a stored event means. The object is read from Stripe again, so that any order of arrival ends in the
 * same state (VENDORS 1.5, N2); an event about somebody we do not know is tried again and then kept as dead, never lost.
 */
@Injectable()
export class ApplyOneStripeEvent {
  constructor(
    private readonly door: Door,
    private readonly clock: Clock,
    private readonly stripe: StripeApi,
    private readonly settleCheckout: SettleCheckout,
    private readonly syncSubscription: SyncSubscription,
    private readonly recordRefund: RecordRefund,
    private readonly log: Log,
  ) {}

  async run(eventId: string, run: JobRun): Promise<void> {
    const event = await this.door.read('apply-stripe-event', () => em().findOne(StripeEventRow, { id: eventId }));
    if (!event?.facts || event.state === 'applied') return;
    const { kind } = event.facts;
    try {
      const apply = await this.prepare(event.facts);
      const outcome = await run.commit(async () => {
        const result = await apply();
        (await em().findOneOrFail(StripeEventRow, { id: eventId })).applied(result, this.clock.now());
        return result;
      });
      applied.inc({ kind, outcome });
    } catch (error) {
      // With Stripe away no try is counted, so the last one is not over.
      if (run.lastAttempt && stoppedForMs(error) === undefined) await this.bury(eventId, kind, error);
      // Even what Stripe refuses is tried again for an hour: a wrong key is mended by an operator, the event must not be lost.
      if (error instanceof GiveUp) throw new Error(`Not given up: ${error.message}`, { cause: error });
      throw error;
    }
  }

  /** Asks Stripe what is needed, outside of any transaction, and returns what the commit must do. */
  private async prepare(facts: StripeEventFacts): Promise<() => Promise<string>> {
    switch (facts.kind) {
      case 'checkout': {
        const session = await this.stripe.getCheckout(facts.session_id);
        const checkout = await this.checkoutOf(session);
        return () => this.settleCheckout.run(checkout, session);
      }
      case 'subscription':
        return this.syncSubscription.prepare(facts.subscription_id);
      case 'trial_ending':
        return this.syncSubscription.prepare(facts.subscription_id, { trialEnding: true });
      case 'invoice_paid':
      case 'payment_failed':
        return this.syncSubscription.prepare(facts.subscription_id, {
          invoices: [await this.stripe.getInvoice(facts.invoice_id)],
        });
      case 'charge_refunded': {
        const refundedCents = await this.stripe.getRefundedCents(facts.charge_id);
        return () => this.recordRefund.run(facts, refundedCents);
      }
    }
  }

  /** By the session, or by our own id that it carries: the process may have died before it stored the session's. */
  private async checkoutOf(session: StripeCheckout): Promise<Checkout> {
    const bySession = await this.find({ sessionId: session.id });
    if (bySession) return bySession;
    const { checkout_id: id, tenant_id: tenantId } = session.metadata;
    const byOurId = id && tenantId ? await this.find({ id, tenantId }) : null;
    if (!byOurId) throw new UnknownToUs(`unknown_tenant: no checkout of ours for session ${session.id}`);
    return byOurId;
  }

  private find(where: { sessionId: string } | { id: string; tenantId: string }): Promise<Checkout | null> {
    return this.door.read('find-checkout', () => em().findOne(Checkout, where));
  }

  /** The last try failed: an operator sees the event with its reason, and the job among the dead ones. */
  private async bury(eventId: string, kind: string, error: unknown): Promise<void> {
    const reason = error instanceof Error ? error.message : String(error);
    this.log.error('A Stripe event could not be applied.', { event: eventId, kind, reason });
    applied.inc({ kind, outcome: error instanceof UnknownToUs ? 'unknown_tenant' : 'dead' });
    await this.door.commit('bury-stripe-event', async () => {
      (await em().findOneOrFail(StripeEventRow, { id: eventId })).dead(reason);
    });
  }
}
