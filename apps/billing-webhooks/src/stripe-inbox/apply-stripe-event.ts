import { GiveUp } from '@latchkey/shared/errors';
import type { JobRun } from '@latchkey/shared/jobs';
import { counter, Log, nameTenant } from '@latchkey/shared/observability';
import { Door, em, sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { StripeApi, type StripeCheckout } from '@latchkey/vendor-stripe';
import { Injectable } from '@nestjs/common';
import { Checkout } from '../checkout/checkout.entity.js';
import { SettleCheckout } from '../checkout/settle-checkout.js';
import { SyncSubscription } from '../subscription/sync-subscription.js';
import { RecordRefund } from '../subscription/record-refund.js';
import { ReadAhead } from './read-ahead.js';
import { UnknownToUs } from './unknown-to-us.js';
import type { StripeEventFacts } from './read-stripe-event.js';
import { StripeEventRow } from './stripe-event.entity.js';

const applied = counter('stripe_events_applied_total', 'Stored Stripe events by what applying them came to.', [
  'kind',
  'outcome',
]);

/** The payment page that an event is about. */
type Page = Pick<Checkout, 'id' | 'tenantId'>;

/** An event, and the page that we opened with its session. */
interface StoredEvent extends Pick<StripeEventRow, 'state'> {
  facts: StripeEventFacts | null;
  checkout_id: string | null;
  tenant_id: string | null;
}

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
    private readonly readAhead: ReadAhead,
    private readonly settleCheckout: SettleCheckout,
    private readonly syncSubscription: SyncSubscription,
    private readonly recordRefund: RecordRefund,
    private readonly log: Log,
  ) {}

  async run(eventId: string, run: JobRun): Promise<void> {
    const event = await this.read(eventId);
    if (!event?.facts || event.state === 'applied') return;
    const { kind } = event.facts;
    try {
      const apply = await this.prepare(event.facts, pageOf(event));
      const outcome = await run.commit(async () => {
        const result = await apply();
        em().getReference(StripeEventRow, eventId).applied(result, this.clock.now());
        return result;
      });
      applied.inc({ kind, outcome });
    } catch (error) {
      if (run.endsWith(error)) await this.bury(eventId, kind, error);
      // Even what Stripe refuses is tried again for an hour: a wrong key is mended by an operator, the event must not be lost.
      if (error instanceof GiveUp) throw new Error(`Not given up: ${error.message}`, { cause: error });
      throw error;
    }
  }

  private async read(eventId: string): Promise<StoredEvent | undefined> {
    const [event] = await this.door.read('apply-stripe-event', () =>
      sql<StoredEvent>(
        `select e.facts, e.state, c.id as checkout_id, c.tenant_id
         from stripe_event e left join checkout c on c.session_id = e.facts->>'session_id' where e.id = $1`,
        [eventId],
      ),
    );
    return event;
  }

  /** Asks Stripe what is needed, outside of any transaction, and returns what the commit must do. */
  private async prepare(facts: StripeEventFacts, known: Page | undefined): Promise<() => Promise<string>> {
    switch (facts.kind) {
      case 'checkout': {
        const session = await (this.readAhead.take(facts.session_id) ?? this.stripe.getCheckout(facts.session_id));
        const page = known ?? (await this.pageOfSession(session));
        // Payments of different tenants at the same moment commit together.
        nameTenant(page.tenantId);
        return () => this.settleCheckout.run(page, session);
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

  /** By our own id that it carries: the process may have died before it stored the session's. */
  private async pageOfSession({ id: sessionId, metadata }: StripeCheckout): Promise<Page> {
    const { checkout_id: id, tenant_id: tenantId } = metadata;
    const page =
      id && tenantId && (await this.door.read('find-checkout', () => em().findOne(Checkout, { id, tenantId })));
    if (!page) throw new UnknownToUs(`unknown_tenant: no checkout of ours for session ${sessionId}`);
    return page;
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

function pageOf({ checkout_id: id, tenant_id: tenantId }: StoredEvent): Page | undefined {
  return id !== null && tenantId !== null ? { id, tenantId } : undefined;
}
