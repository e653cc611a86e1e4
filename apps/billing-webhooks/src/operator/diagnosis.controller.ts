import { BillingDiagnosis, OperatorReason, type QuestionReply, type QuestionRequest } from '@latchkey/contracts';
import { ProblemError, VendorError } from '@latchkey/shared/errors';
import { OperatorGuard } from '@latchkey/shared/http';
import { enqueue } from '@latchkey/shared/jobs';
import { Answers } from '@latchkey/shared/messaging';
import { audit, ReadDeadLetters } from '@latchkey/shared/operator';
import { Door, em, sql } from '@latchkey/shared/persistence';
import { StripeApi } from '@latchkey/vendor-stripe';
import { Body, Controller, HttpCode, Param, Post, UseGuards } from '@nestjs/common';
import { Checkout } from '../checkout/checkout.entity.js';
import { LookAfterCheckout } from '../checkout/jobs.js';
import { Subscription } from '../subscription/subscription.entity.js';

type Reply = QuestionReply<typeof BillingDiagnosis>;
const newestFirst = { createdAt: 'desc' } as const;

/** What the tenant doctor asks of billing, and the cure it knows: to look at Stripe again. */
@Controller('api/billing/tenants')
export class DiagnosisController {
  constructor(
    private readonly door: Door,
    private readonly stripe: StripeApi,
    private readonly deadLetters: ReadDeadLetters,
  ) {}

  @Answers(BillingDiagnosis)
  async diagnosis({ tenant_id }: QuestionRequest<typeof BillingDiagnosis>): Promise<Reply> {
    const { checkout, subscription, stripe_events } = await this.door.read('diagnosis', async () => ({
      checkout: await this.newestCheckout(tenant_id),
      subscription: await em().findOne(
        Subscription,
        { tenantId: tenant_id, unwanted: false },
        { orderBy: newestFirst },
      ),
      stripe_events: await this.stripeEvents(tenant_id),
    }));
    return {
      checkout: checkout && {
        state: checkout.state,
        completed_at: checkout.completedAt?.toISOString() ?? null,
        last_error: checkout.lastError ?? null,
      },
      stripe: await this.askStripe(checkout),
      stripe_events,
      subscription: subscription && {
        status: subscription.status,
        ended_at: subscription.endedAt?.toISOString() ?? null,
        end_reason: subscription.endReason ?? null,
      },
      dead_letters: await this.deadLetters.ofTenant(tenant_id),
    };
  }

  /** Reads the open payment page again from Stripe, as the sweep does, but now. Safe to repeat. */
  @Post(':tenant_id/reconcile')
  @UseGuards(OperatorGuard)
  @HttpCode(202)
  async reconcile(
    @Param('tenant_id') tenantId: string,
    @Body({ schema: OperatorReason }) { reason }: OperatorReason,
  ): Promise<{ tenant_id: string; checkout_id: string; state: 'queued' }> {
    return this.door.commit('reconcile-tenant', async () => {
      const checkout = await this.newestCheckout(tenantId);
      if (!checkout) throw new ProblemError('unknown_tenant');
      if (!checkout.isLive()) throw new ProblemError('nothing_to_reconcile');
      enqueue(LookAfterCheckout, { checkout_id: checkout.id }, { key: checkout.id });
      await audit({ action: 'reconcile-payment', tenantId, target: checkout.id, reason });
      return { tenant_id: tenantId, checkout_id: checkout.id, state: 'queued' as const };
    });
  }

  private newestCheckout(tenantId: string): Promise<Checkout | null> {
    return em().findOne(Checkout, { tenantId }, { orderBy: { generation: 'desc' } });
  }

  /** While our page is open, Stripe may know of a payment whose webhook never came. */
  private async askStripe(checkout: Checkout | null): Promise<Reply['stripe']> {
    if (checkout?.state !== 'open' || !checkout.sessionId) return { asked: 'not_needed', paid: null, detail: null };
    try {
      const session = await this.stripe.getCheckout(checkout.sessionId);
      const paid = session.status === 'complete' && session.paymentStatus !== 'unpaid';
      return { asked: 'answered', paid, detail: `session ${session.status ?? 'unknown'}, ${session.paymentStatus}` };
    } catch (error) {
      if (!(error instanceof VendorError)) throw error;
      return { asked: 'failed', paid: null, detail: error.message.slice(0, 300) };
    }
  }

  private async stripeEvents(tenantId: string): Promise<Reply['stripe_events']> {
    const [row] = await sql<Reply['stripe_events']>(
      `select count(*)::int as received, count(*) filter (where state = 'waiting')::int as waiting,
         count(*) filter (where state = 'dead')::int as dead, max(outcome) filter (where state = 'dead') as dead_reason,
         to_char(max(received_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as last_received_at
       from stripe_event where id in (
         select e.id from checkout c join stripe_event e on e.facts->>'session_id' = c.session_id where c.tenant_id = $1
         union all
         select e.id from subscription s join stripe_event e on e.facts->>'subscription_id' = s.id where s.tenant_id = $1)`,
      [tenantId],
    );
    return row!;
  }
}
