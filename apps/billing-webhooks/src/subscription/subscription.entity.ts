import {
  planNames,
  plans,
  SubscriptionCancelled,
  SubscriptionChanged,
  TrialEnding,
  type EventData,
  type Plan,
} from '@latchkey/contracts';
import { record } from '@latchkey/shared/persistence';
import type { StripeSubscription } from '@latchkey/vendor-stripe';
import { defineEntity, p } from '@mikro-orm/core';

export type EndReason = EventData<typeof SubscriptionCancelled>['reason'];
/** Why we end a subscription ourselves; everything else was decided at Stripe. */
export type OwnEndReason = Extract<EndReason, 'provisioning_failed' | 'erasure' | 'duplicate'>;

/** States after which Stripe never charges again and never comes back. */
const endedAtStripe = new Set(['canceled', 'incomplete_expired']);
const dunning = new Set(['past_due', 'unpaid']);

const SubscriptionSchema = defineEntity({
  name: 'Subscription',
  tableName: 'subscription',
  properties: {
    /** Stripe's id. */
    id: p.text().primary(),
    tenantId: p.text(),
    checkoutId: p.text(),
    plan: p.text().$type<Plan>(),
    /** Stripe's word, which may be newer than our list of them. */
    status: p.text(),
    /** A second subscription of a tenant who has one, or one paid on a closed page: it is undone, never used. */
    unwanted: p.boolean(),
    trialEndsAt: p.datetime(3).nullable(),
    periodEndsAt: p.datetime(3).nullable(),
    cancelAtPeriodEnd: p.boolean(),
    /** Which trial end the tenant was told about. */
    trialEndingFor: p.datetime(3).nullable(),
    endWanted: p.text().$type<OwnEndReason>().nullable(),
    endWantedAt: p.datetime(3).nullable(),
    /** Set before the first call to Stripe that ends it: from then on it cannot be kept any more. */
    endBegunAt: p.datetime(3).nullable(),
    /** Failures of provisioning up to this clearance were forgiven: an operator has the tenant tried again. */
    keptGeneration: p.integer().default(0),
    endedAt: p.datetime(3).nullable(),
    endReason: p.text().$type<EndReason>().nullable(),
    /** Counts our writes, so that an answer Stripe gave before another write is not applied after it. */
    revision: p.integer(),
    createdAt: p.datetime(3),
    /** When we last heard from Stripe itself how it stands. */
    readAt: p.datetime(3),
  },
  uniques: [
    {
      name: 'subscription_one_current_unique',
      properties: ['tenantId'],
      where: 'not unwanted and ended_at is null',
    },
  ],
  indexes: [
    { name: 'subscription_tenant_index', properties: ['tenantId'] },
    {
      name: 'subscription_ending_index',
      properties: ['endWantedAt'],
      where: 'end_wanted is not null and ended_at is null',
    },
    { name: 'subscription_read_index', properties: ['readAt'], where: 'ended_at is null' },
  ],
});

/** What a tenant pays for, as Stripe last told us. Its state is always read from Stripe, never taken from an event. */
export class Subscription extends SubscriptionSchema.class {
  static from(
    stripe: StripeSubscription,
    ours: { tenantId: string; checkoutId: string; plan: Plan; unwanted: boolean; now: Date },
  ) {
    return {
      id: stripe.id,
      tenantId: ours.tenantId,
      checkoutId: ours.checkoutId,
      plan: planOf(stripe) ?? ours.plan,
      status: stripe.status,
      unwanted: ours.unwanted,
      trialEndsAt: toDate(stripe.trialEndMs),
      periodEndsAt: toDate(stripe.currentPeriodEndMs),
      cancelAtPeriodEnd: stripe.cancelAtPeriodEnd,
      keptGeneration: 0,
      revision: 0,
      createdAt: ours.now,
      readAt: ours.now,
    };
  }

  /** Takes over what Stripe says now and tells the others what changed. */
  sync(stripe: StripeSubscription, now: Date): 'changed' | 'same' | 'ended' {
    if (this.endedAt) return 'same';
    const before = { plan: this.plan, status: this.status };
    this.revision += 1;
    this.readAt = now;
    this.plan = planOf(stripe) ?? this.plan;
    this.status = stripe.status;
    this.trialEndsAt = toDate(stripe.trialEndMs);
    this.periodEndsAt = toDate(stripe.currentPeriodEndMs);
    this.cancelAtPeriodEnd = stripe.cancelAtPeriodEnd;
    // While we end it ourselves, the end is told once all money is back, not when Stripe stops charging.
    if (this.endWanted || this.unwanted) return 'same';
    if (endedAtStripe.has(stripe.status)) {
      const cause = stripe.cancellationReason;
      const unpaid = cause === 'payment_failed' || (!cause && dunning.has(before.status));
      return this.end(unpaid ? 'payment_failed' : 'customer', 0, now) === 'ended' ? 'ended' : 'same';
    }
    if (before.plan === this.plan && before.status === this.status) return 'same';
    record(SubscriptionChanged, this.tenantId, {
      plan: this.plan,
      status: this.status,
      trial_ends_at: this.trialEndsAt?.toISOString() ?? null,
    });
    return 'changed';
  }

  /** Three days before the first charge, once per trial, and only if a charge will come. */
  remindOfTrialEnd(now: Date): 'told' | 'already' | 'pointless' {
    const ends = this.trialEndsAt;
    if (this.status !== 'trialing' || this.cancelAtPeriodEnd || this.endWanted || this.unwanted || !ends || ends <= now)
      return 'pointless';
    if (this.trialEndingFor?.getTime() === ends.getTime()) return 'already';
    this.trialEndingFor = ends;
    record(TrialEnding, this.tenantId, { trial_ends_at: ends.toISOString() });
    return 'told';
  }

  /** We want it gone. The first reason stays, but a failure of ours outranks an erasure: then money must go back. */
  wantEnd(reason: OwnEndReason, now: Date): void {
    if (!this.endWanted || this.endWanted === 'erasure') this.endWanted = reason;
    this.endWantedAt ??= now;
    this.revision += 1;
  }

  /** An operator has the tenant provisioned once more. False when the end is begun: whoever pays then would get nothing back. */
  keep(generation: number): boolean {
    if (this.endedAt || this.endBegunAt || this.unwanted || endedAtStripe.has(this.status)) return false;
    if (this.endWanted && this.endWanted !== 'provisioning_failed') return false;
    this.endWanted = null;
    this.endWantedAt = null;
    this.keptGeneration = Math.max(this.keptGeneration, generation);
    this.revision += 1;
    return true;
  }

  /** It has ended and all money that had to go back is back. A duplicate was never the tenant's subscription: nobody is told. */
  end(reason: EndReason, refundedCents: number, now: Date): 'ended' | 'already' {
    if (this.endedAt) return 'already';
    this.endedAt = now;
    this.endReason = reason;
    this.revision += 1;
    if (!this.unwanted) record(SubscriptionCancelled, this.tenantId, { reason, refunded_cents: refundedCents });
    return 'ended';
  }
}
SubscriptionSchema.setClass(Subscription);

function toDate(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms);
}

/** The plan behind the price at Stripe; undefined for a price we do not know. */
function planOf(stripe: StripeSubscription): Plan | undefined {
  return planNames.find((plan) => plans[plan].priceLookupKey === stripe.lookupKey);
}
