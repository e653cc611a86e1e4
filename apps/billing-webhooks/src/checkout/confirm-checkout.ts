import type { ConfirmCheckout as ConfirmCheckoutQuestion, QuestionReply } from '@latchkey/contracts';
import { VendorError } from '@latchkey/shared/errors';
import { Log } from '@latchkey/shared/observability';
import { Door, em } from '@latchkey/shared/persistence';
import { StripeApi } from '@latchkey/vendor-stripe';
import { Injectable } from '@nestjs/common';
import { Subscription } from '../subscription/subscription.entity.js';
import { Checkout } from './checkout.entity.js';
import { SettleCheckout } from './settle-checkout.js';

type Reply = QuestionReply<typeof ConfirmCheckoutQuestion>;

/** Webhook and customer set out together. What the webhook settles in this time, Stripe need not be asked a second time. */
const webhookGraceMs = 700;

/**
 * The customer is back from the payment page, perhaps before the webhook: Stripe is asked itself, so that nobody is told
 * to pay again (FEATURES lesson 5). Session ids come from a public page, so only those we opened reach Stripe.
 */
@Injectable()
export class ConfirmCheckout {
  constructor(
    private readonly door: Door,
    private readonly stripe: StripeApi,
    private readonly settleCheckout: SettleCheckout,
    private readonly log: Log,
  ) {}

  async run(sessionId: string): Promise<Reply> {
    const known = await this.find(sessionId);
    if (!known) return { state: 'unknown', tenant_id: null };
    if (known.state !== 'open') return this.replyOf(known);
    await this.settleCheckout.waitFor(known.id, webhookGraceMs);
    const checkout = (await this.find(sessionId)) ?? known;
    if (checkout.state !== 'open') return this.replyOf(checkout);
    try {
      const session = await this.stripe.getCheckout(sessionId);
      if (session.status === 'open') return this.replyOf(checkout);
      await this.door.commit('confirm-checkout', () => this.settleCheckout.run(checkout, session), {
        sharedBy: checkout.tenantId,
      });
    } catch (error) {
      if (!(error instanceof VendorError)) throw error;
      this.log.warn('Stripe does not answer for a success page; its webhook will.', { err: error });
      return this.replyOf(checkout);
    }
    const settled = await this.find(sessionId);
    return this.replyOf(settled ?? checkout);
  }

  private find(sessionId: string): Promise<Checkout | null> {
    return this.door.read('confirm-checkout', () => em().findOne(Checkout, { sessionId }));
  }

  /** Somebody who paid twice has paid: the second payment goes back, and the page says what is true of the first. */
  private async replyOf({ tenantId, state }: Checkout): Promise<Reply> {
    if (state === 'completed') return { state, tenant_id: tenantId };
    if (state !== 'closed' && state !== 'expired') return { state: 'open', tenant_id: tenantId };
    const current = await this.door.read('confirm-checkout', () =>
      em().findOne(Subscription, { tenantId, unwanted: false, endedAt: null }),
    );
    return { state: current ? 'completed' : 'expired', tenant_id: tenantId };
  }
}
