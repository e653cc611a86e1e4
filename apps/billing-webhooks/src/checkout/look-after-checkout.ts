import { ContactCards } from '@latchkey/contracts';
import { RetryLater } from '@latchkey/shared/errors';
import { type JobRun } from '@latchkey/shared/jobs';
import { Questions } from '@latchkey/shared/messaging';
import { Door, em } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { StripeApi } from '@latchkey/vendor-stripe';
import { Injectable } from '@nestjs/common';
import { Checkout } from './checkout.entity.js';
import { CloseCheckout } from './close-checkout.js';
import { OpenCheckout } from './open-checkout.js';
import { SettleCheckout } from './settle-checkout.js';

const waitForAnotherMs = 5_000;

/** Brings a checkout forward that nobody is waiting for. */
@Injectable()
export class LookAfterOneCheckout {
  constructor(
    private readonly door: Door,
    private readonly clock: Clock,
    private readonly stripe: StripeApi,
    private readonly questions: Questions,
    private readonly openCheckout: OpenCheckout,
    private readonly closeCheckout: CloseCheckout,
    private readonly settleCheckout: SettleCheckout,
  ) {}

  async run(checkoutId: string, run: JobRun): Promise<void> {
    const checkout = await this.door.read('look-after-checkout', () => em().findOne(Checkout, { id: checkoutId }));
    if (!checkout?.isLive()) return;
    if (checkout.state === 'open' && checkout.sessionId) return this.reread(checkout, checkout.sessionId, run);
    await this.open(checkout, run);
  }

  /** The webhook may be lost: what Stripe says about the page counts, whoever tells us. */
  private async reread(checkout: Checkout, sessionId: string, run: JobRun): Promise<void> {
    const session = await this.stripe.getCheckout(sessionId);
    await run.commit(() => this.settleCheckout.run(checkout, session));
  }

  /** Name and address are signup's; it also knows whether the tenant still wants to pay. */
  private async open(checkout: Checkout, run: JobRun): Promise<void> {
    const { tenantId } = checkout;
    const { cards } = await this.questions.ask(ContactCards, { tenant_ids: [tenantId] });
    const card = cards.find((candidate) => candidate.tenant_id === tenantId);
    if (card?.status !== 'pending_payment') {
      await run.commit(() => this.closeCheckout.run(tenantId, this.clock.now()));
      return;
    }
    const buyer = { tenantId, plan: card.plan, email: card.email, companyName: card.company_name };
    const reply = await this.openCheckout.run(buyer, { waitMs: waitForAnotherMs, retryByJob: false });
    if (reply.state === 'opening')
      throw new RetryLater('outage', { vendor: 'stripe', operation: 'checkout.open', detail: 'not open yet' });
  }
}
