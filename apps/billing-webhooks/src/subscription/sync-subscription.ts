import { enqueue } from '@latchkey/shared/jobs';
import { Door, em } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { StripeApi } from '@latchkey/vendor-stripe';
import { Injectable } from '@nestjs/common';
import { lockCustomer } from '../customer/customer.entity.js';
import type { StripeEventFacts } from '../stripe-inbox/read-stripe-event.js';
import { UnknownToUs } from '../stripe-inbox/unknown-to-us.js';
import { Invoice } from './invoice.entity.js';
import { EndSubscription } from './jobs.js';
import { Subscription } from './subscription.entity.js';

type InvoiceFacts = Extract<StripeEventFacts, { kind: 'invoice_paid' | 'payment_failed' }>;

/** What else the event said, beside that the subscription may have changed. */
export interface AlsoSaid {
  cause?: string | null;
  trialEnding?: boolean;
  invoice?: InvoiceFacts;
}

/** Another worker wrote between our question to Stripe and our commit: ask again, or an older answer would win. */
class Overtaken extends Error {}

/** Takes over a subscription's present state from Stripe, and the few final figures an event carries. */
@Injectable()
export class SyncSubscription {
  constructor(
    private readonly door: Door,
    private readonly clock: Clock,
    private readonly stripe: StripeApi,
  ) {}

  /** Asks Stripe now; what it returns belongs into the commit. */
  async prepare(subscriptionId: string, said: AlsoSaid): Promise<() => Promise<string>> {
    const known = await this.door.read('sync-subscription', () => em().findOne(Subscription, { id: subscriptionId }));
    if (!known)
      throw new UnknownToUs(`unknown_tenant: subscription ${subscriptionId} belongs to no checkout of ours yet`);
    // An end is final; Stripe may even have forgotten it with its customer.
    const stripe = known.endedAt ? null : await this.stripe.getSubscription(subscriptionId);
    return async () => {
      const now = this.clock.now();
      await lockCustomer(known.tenantId, now);
      const subscription = await em().findOneOrFail(Subscription, { id: subscriptionId });
      if (subscription.revision !== known.revision)
        throw new Overtaken(`Subscription ${subscriptionId} changed meanwhile.`);
      const outcome = stripe ? subscription.sync(stripe, now, said.cause) : 'ended_before';
      if (said.trialEnding) return subscription.remindOfTrialEnd(now);
      return said.invoice ? this.bill(subscription, said.invoice, now) : outcome;
    };
  }

  private async bill(subscription: Subscription, facts: InvoiceFacts, now: Date): Promise<string> {
    const invoice =
      (await em().findOne(Invoice, { id: facts.invoice_id })) ??
      em().create(Invoice, {
        id: facts.invoice_id,
        tenantId: subscription.tenantId,
        subscriptionId: subscription.id,
        state: 'unpaid',
        amountCents: facts.amount_cents,
        currency: facts.currency,
        attempts: 0,
        createdAt: now,
      });
    if (facts.kind === 'payment_failed')
      return invoice.failAttempt(facts.attempt, facts.next_attempt_at ? new Date(facts.next_attempt_at) : null);
    // A charge that came through while we were cancelling: the compensation must see it too.
    if (subscription.endWanted && subscription.endWanted !== 'erasure')
      enqueue(EndSubscription, { subscription_id: subscription.id }, { key: subscription.id });
    return invoice.pay(facts.amount_cents, now);
  }
}
