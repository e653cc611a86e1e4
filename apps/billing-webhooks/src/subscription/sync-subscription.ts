import { enqueue } from '@latchkey/shared/jobs';
import { Door, em } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { StripeApi, type StripeInvoice } from '@latchkey/vendor-stripe';
import { Injectable } from '@nestjs/common';
import { lockCustomer } from '../customer/customer.entity.js';
import { UnknownToUs } from '../stripe-inbox/unknown-to-us.js';
import { Invoice } from './invoice.entity.js';
import { EndSubscription } from './jobs.js';
import { Subscription } from './subscription.entity.js';

/** What else is to be taken over, beside the subscription itself. */
export interface AlsoSaid {
  trialEnding?: boolean;
  /** As Stripe shows them now. */
  invoices?: StripeInvoice[];
}

/** Another worker wrote between our question to Stripe and our commit: ask again, or an older answer would win. */
class Overtaken extends Error {}

/** Takes over from Stripe how a subscription and its invoices stand now. */
@Injectable()
export class SyncSubscription {
  constructor(
    private readonly door: Door,
    private readonly clock: Clock,
    private readonly stripe: StripeApi,
  ) {}

  /** Asks Stripe now; what it returns belongs into the commit. */
  async prepare(subscriptionId: string, said: AlsoSaid = {}): Promise<() => Promise<string>> {
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
      const outcome = stripe ? subscription.sync(stripe, now) : 'ended_before';
      if (said.trialEnding) return subscription.remindOfTrialEnd(now);
      const billed = [];
      for (const invoice of said.invoices ?? []) billed.push(await this.bill(subscription, invoice, now));
      return billed.at(-1) ?? outcome;
    };
  }

  private async bill(subscription: Subscription, stripe: StripeInvoice, now: Date): Promise<string> {
    const invoice =
      (await em().findOne(Invoice, { id: stripe.id })) ??
      em().create(Invoice, {
        id: stripe.id,
        tenantId: subscription.tenantId,
        subscriptionId: subscription.id,
        state: 'unpaid',
        amountCents: stripe.amountDueCents,
        currency: stripe.currency,
        attempts: 0,
        createdAt: now,
      });
    const outcome = invoice.sync(stripe, now);
    // A charge that came through while we were cancelling: the compensation must see it too.
    if (outcome === 'paid' && subscription.endWanted)
      enqueue(EndSubscription, { subscription_id: subscription.id }, { key: subscription.id });
    return outcome;
  }
}
