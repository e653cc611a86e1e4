import { plans, type BillingSubscription } from '@latchkey/contracts';
import { Log } from '@latchkey/shared/observability';
import { Door } from '@latchkey/shared/persistence';
import { within } from '@latchkey/shared/time';
import { StripeApi, type StripeCard, type StripeNextBill } from '@latchkey/vendor-stripe';
import { Injectable } from '@nestjs/common';
import type { Subscription } from '../subscription/subscription.entity.js';
import { currentSubscription } from './current-subscription.js';
import { stripePatienceMs } from './patience.js';

interface FromStripe {
  card: StripeCard | null;
  next: StripeNextBill | null;
}

/** What a customer pays for: our own books first, and of Stripe what it tells while a person waits. */
@Injectable()
export class DescribeSubscription {
  constructor(
    private readonly door: Door,
    private readonly stripe: StripeApi,
    private readonly log: Log,
  ) {}

  async run(tenantId: string): Promise<BillingSubscription> {
    const subscription = await this.door.read('own-subscription', () => currentSubscription(tenantId));
    const told = subscription.endedAt ? { card: null, next: null } : await this.askStripe(subscription);
    const { plan, status, trialEndsAt, periodEndsAt, cancelAtPeriodEnd, endedAt, readAt } = subscription;
    return {
      plan,
      status,
      price_cents_per_month: plans[plan].priceCentsPerMonth,
      trial_ends_at: trialEndsAt?.toISOString() ?? null,
      current_period_ends_at: periodEndsAt?.toISOString() ?? null,
      cancel_at_period_end: cancelAtPeriodEnd,
      ended_at: endedAt?.toISOString() ?? null,
      as_of: readAt.toISOString(),
      stripe: told ? 'answered' : 'unavailable',
      card: cardOf(told?.card ?? null),
      next_invoice: nextOf(told?.next ?? null),
    };
  }

  /** Null when Stripe fails or takes too long: the page then says what we know ourselves. */
  private async askStripe({ id }: Subscription): Promise<FromStripe | null> {
    const asked = Promise.all([this.stripe.getPayingCard(id), this.stripe.previewNextBill(id)]);
    try {
      const told = await within(stripePatienceMs, asked, null);
      return told && { card: told[0], next: told[1] };
    } catch (error) {
      this.log.warn('Stripe did not say how a subscription is paid.', { subscription: id, err: error });
      return null;
    }
  }
}

function cardOf(card: StripeCard | null): BillingSubscription['card'] {
  return card && { brand: card.brand, last4: card.last4, exp_month: card.expMonth, exp_year: card.expYear };
}

function nextOf(next: StripeNextBill | null): BillingSubscription['next_invoice'] {
  if (!next) return null;
  const dueAt = next.dueMs === null ? null : new Date(next.dueMs).toISOString();
  return { amount_cents: next.amountDueCents, currency: next.currency, due_at: dueAt };
}
