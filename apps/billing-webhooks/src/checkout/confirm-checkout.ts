import type { ConfirmCheckout as ConfirmCheckoutQuestion, QuestionReply } from '@latchkey/contracts';
import { VendorError } from '@latchkey/shared/errors';
import { Log } from '@latchkey/shared/observability';
import { Door, em, sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { StripeApi } from '@latchkey/vendor-stripe';
import { Injectable } from '@nestjs/common';
import { Subscription } from '../subscription/subscription.entity.js';
import type { CheckoutState } from './checkout.entity.js';
import { SettleCheckout } from './settle-checkout.js';

type Reply = QuestionReply<typeof ConfirmCheckoutQuestion>;

/**
 * Webhook and customer set out together. What the webhook settles in the first of these, Stripe need not be asked a
 * second time; the others are for an event that is stored and not yet understood, and end before the asker stops waiting.
 */
const pausesMs = [700, 1_000, 1_500, 2_000];
/** A stored event that has waited for so long is in trouble, and Stripe is asked all the same. */
const eventPatienceMs = 10_000;

interface Page {
  id: string;
  tenant_id: string;
  state: CheckoutState;
  /** An event about it is in the inbox, and its job is about to ask Stripe what we would ask. */
  is_coming: boolean;
}

/**
 * The customer is back from the payment page, perhaps before the webhook: Stripe is asked itself, so that nobody is told
 * to pay again (FEATURES lesson 5). Session ids come from a public page, so only those we opened reach Stripe.
 */
@Injectable()
export class ConfirmCheckout {
  constructor(
    private readonly door: Door,
    private readonly clock: Clock,
    private readonly stripe: StripeApi,
    private readonly settleCheckout: SettleCheckout,
    private readonly log: Log,
  ) {}

  async run(sessionId: string): Promise<Reply> {
    let page = await this.look(sessionId);
    if (!page) return { state: 'unknown', tenant_id: null };
    for (const pauseMs of pausesMs) {
      if (page.state !== 'open') return this.replyOf(page);
      const state = await this.settleCheckout.waitFor(page.id, pauseMs);
      page = state ? { ...page, state } : ((await this.look(sessionId)) ?? page);
      if (!page.is_coming) break;
    }
    if (page.state !== 'open' || page.is_coming) return this.replyOf(page);
    return this.askStripe(page, sessionId);
  }

  /** No webhook came, or nothing came of it. */
  private async askStripe(page: Page, sessionId: string): Promise<Reply> {
    const { id, tenant_id: tenantId } = page;
    try {
      const session = await this.stripe.getCheckout(sessionId);
      if (session.status === 'open') return this.replyOf(page);
      await this.door.commit('confirm-checkout', () => this.settleCheckout.run({ id, tenantId }, session), {
        sharedBy: tenantId,
      });
    } catch (error) {
      if (!(error instanceof VendorError)) throw error;
      this.log.warn('Stripe does not answer for a success page; its webhook will.', { err: error });
      return this.replyOf(page);
    }
    return this.replyOf((await this.look(sessionId)) ?? page);
  }

  private async look(sessionId: string): Promise<Page | undefined> {
    const [page] = await this.door.read('confirm-checkout', () =>
      sql<Page>(
        // The few events of the session are judged one by one: of all that wait there may be many.
        `select id, tenant_id, state, coalesce(
           (select bool_or(state = 'waiting' and received_at > $2) from stripe_event where facts->>'session_id' = $1),
           false) as is_coming
         from checkout where session_id = $1`,
        [sessionId, new Date(this.clock.nowMs() - eventPatienceMs)],
      ),
    );
    return page;
  }

  /** Somebody who paid twice has paid: the second payment goes back, and the page says what is true of the first. */
  private async replyOf({ tenant_id: tenantId, state }: Page): Promise<Reply> {
    if (state === 'completed') return { state, tenant_id: tenantId };
    if (state !== 'closed' && state !== 'expired') return { state: 'open', tenant_id: tenantId };
    const current = await this.door.read('confirm-checkout', () =>
      em().findOne(Subscription, { tenantId, unwanted: false, endedAt: null }),
    );
    return { state: current ? 'completed' : 'expired', tenant_id: tenantId };
  }
}
