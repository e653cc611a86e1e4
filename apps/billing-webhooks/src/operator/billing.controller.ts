import { OperatorReason } from '@latchkey/contracts';
import { ProblemError } from '@latchkey/shared/errors';
import { OperatorGuard } from '@latchkey/shared/http';
import { enqueue } from '@latchkey/shared/jobs';
import { audit } from '@latchkey/shared/operator';
import { Door, em } from '@latchkey/shared/persistence';
import { Body, Controller, Get, HttpCode, Param, Post, UseGuards } from '@nestjs/common';
import { Checkout } from '../checkout/checkout.entity.js';
import { Customer } from '../customer/customer.entity.js';
import { Invoice } from '../subscription/invoice.entity.js';
import { Refund } from '../subscription/refund.entity.js';
import { Subscription } from '../subscription/subscription.entity.js';
import { ApplyStripeEvent } from '../stripe-inbox/jobs.js';
import { StripeEventRow } from '../stripe-inbox/stripe-event.entity.js';

const newestFirst = { createdAt: 'desc' } as const;

/** What billing knows, for operators and audits. No payment link: whoever holds one could pay as the tenant. */
@Controller('api/billing')
@UseGuards(OperatorGuard)
export class BillingController {
  constructor(private readonly door: Door) {}

  @Get('tenants/:tenantId')
  async tenant(@Param('tenantId') tenantId: string) {
    return this.door.read('billing-of-tenant', async () => {
      const customer = await em().findOne(Customer, { tenantId });
      const checkouts = await em().find(Checkout, { tenantId }, { orderBy: newestFirst, limit: 50 });
      if (!customer && checkouts.length === 0) throw new ProblemError('unknown_tenant');
      const subscriptions = await em().find(Subscription, { tenantId }, { orderBy: newestFirst, limit: 50 });
      const invoices = await em().find(Invoice, { tenantId }, { orderBy: newestFirst, limit: 100 });
      const refunds = await em().find(Refund, { tenantId }, { orderBy: { wantedAt: 'desc' }, limit: 100 });
      return {
        tenant_id: tenantId,
        stripe_customer_id: customer?.stripeCustomerId ?? null,
        erased_at: customer?.erasedAt ?? null,
        checkouts: checkouts.map(({ id, generation, plan, state, sessionId, expiresAt, completedAt, lastError }) => ({
          checkout_id: id,
          generation,
          plan,
          state,
          session_id: sessionId ?? null,
          expires_at: expiresAt ?? null,
          completed_at: completedAt ?? null,
          last_error: lastError ?? null,
        })),
        subscriptions: subscriptions.map((subscription) => ({
          subscription_id: subscription.id,
          checkout_id: subscription.checkoutId,
          plan: subscription.plan,
          status: subscription.status,
          unwanted: subscription.unwanted,
          trial_ends_at: subscription.trialEndsAt ?? null,
          end_wanted: subscription.endWanted ?? null,
          ended_at: subscription.endedAt ?? null,
          end_reason: subscription.endReason ?? null,
        })),
        invoices: invoices.map(({ id, state, amountCents, currency, attempts }) => ({
          invoice_ref: id,
          state,
          amount_cents: amountCents,
          currency,
          attempts,
        })),
        refunds: refunds.map(({ id, reason, amountCents, currency, refundedAt }) => ({
          payment_intent: id,
          reason,
          amount_cents: amountCents,
          currency,
          refunded_at: refundedAt ?? null,
        })),
      };
    });
  }

  /** Stripe events that could not be applied, with the reason: each needs a person. */
  @Get('stripe-events/dead')
  async deadEvents() {
    const events = await this.door.read('dead-stripe-events', () =>
      em().find(StripeEventRow, { state: 'dead' }, { orderBy: { receivedAt: 'desc' }, limit: 200 }),
    );
    return {
      events: events.map(({ id, type, outcome, receivedAt, facts }) => ({
        event_id: id,
        type,
        reason: outcome ?? null,
        received_at: receivedAt,
        facts: facts ?? null,
      })),
    };
  }

  /** Applies a dead event again, once its cause is mended. Safe to repeat, as every application is. */
  @Post('stripe-events/:eventId/retry')
  @HttpCode(202)
  async retry(@Param('eventId') eventId: string, @Body({ schema: OperatorReason }) { reason }: OperatorReason) {
    await this.door.commit('retry-stripe-event', async () => {
      const event = await em().findOne(StripeEventRow, { id: eventId, state: 'dead' });
      if (!event) throw new ProblemError('dead_letter_not_found');
      enqueue(ApplyStripeEvent, { event_id: event.id });
      await audit({ action: 'retry-stripe-event', target: event.id, reason });
    });
    return { event_id: eventId, state: 'queued' };
  }
}
