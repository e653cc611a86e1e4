import {
  plans,
  trialDays,
  type OpenCheckout as OpenCheckoutQuestion,
  type Plan,
  type QuestionReply,
} from '@latchkey/contracts';
import { RetryLater, VendorError } from '@latchkey/shared/errors';
import { newId } from '@latchkey/shared/ids';
import { enqueue } from '@latchkey/shared/jobs';
import { counter } from '@latchkey/shared/observability';
import { Door, em } from '@latchkey/shared/persistence';
import { Clock, delay } from '@latchkey/shared/time';
import { StripeApi, type StripeCheckout } from '@latchkey/vendor-stripe';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { lockCustomer, lockNewCustomer } from '../customer/customer.entity.js';
import { EraseStripeCustomer } from '../subscription/jobs.js';
import { Subscription } from '../subscription/subscription.entity.js';
import { Checkout } from './checkout.entity.js';
import { CloseStripePage, LookAfterCheckout } from './jobs.js';
import { SettleCheckout } from './settle-checkout.js';
import { WishCheckout } from './wish-checkout.js';

type Reply = QuestionReply<typeof OpenCheckoutQuestion>;

/** Whom the page is for. Handed to Stripe and forgotten. */
export interface Buyer {
  tenantId: string;
  plan: Plan;
  email: string;
  companyName: string;
}

export interface Asker {
  /** How long to wait for a page that another asker is opening right now. */
  waitMs: number;
  /** False for the job itself, which comes back without being queued once more. */
  retryByJob: boolean;
}

/** What the first transaction decided: an answer, or who talks to Stripe about what. */
type Claim =
  | { next: 'answer'; reply: Reply }
  | { next: 'wait' }
  | { next: 'open'; checkout: Checkout; stripeCustomerId: string | null }
  | { next: 'replace'; checkout: Checkout; sessionId: string; planChanged: boolean };

const opening: Reply = { state: 'opening', checkout_url: null };
const pollMs = 150;
const checkoutsOpened = counter('billing_checkouts_total', 'Payment pages asked of Stripe.', ['outcome']);

/**
 * One payment page per tenant, however often and however simultaneously it is asked for (S4.1, FEATURES lesson 6).
 * Claim (tx 1), Stripe under keys made of tenant and generation, save (tx 2): a crash in between repeats the calls.
 */
@Injectable()
export class OpenCheckout {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly door: Door,
    private readonly clock: Clock,
    private readonly stripe: StripeApi,
    private readonly wishCheckout: WishCheckout,
    private readonly settleCheckout: SettleCheckout,
  ) {}

  async run(buyer: Buyer, asker: Asker): Promise<Reply> {
    const giveUpAt = performance.now() + asker.waitMs;
    // A replaced page needs a second round, and a page that a third asker replaced meanwhile a third one.
    for (let round = 0; round < 3;) {
      const claim = await this.door.commit('claim-checkout', () => this.claim(buyer), { sharedBy: buyer.tenantId });
      if (claim.next === 'answer') return claim.reply;
      if (claim.next === 'open') return this.open(buyer, claim, asker);
      if (claim.next === 'wait') {
        const reply = await this.waitForTheOther(buyer.tenantId, giveUpAt);
        if (reply) return reply;
        continue;
      }
      round += 1;
      await this.replace(claim);
    }
    return opening;
  }

  private async claim(buyer: Buyer): Promise<Claim> {
    const now = this.clock.now();
    const customer = await lockNewCustomer(buyer.tenantId, now);
    if (customer.erasedAt) return { next: 'answer', reply: { state: 'closed', checkout_url: null } };
    const stripeCustomerId = customer.stripeCustomerId ?? null;
    // Most ask for the first time. Signup's event may wish the first page at the same moment: one of both rows stays.
    const first = await this.wishCheckout.run(buyer.tenantId, buyer.plan, { opening: true });
    if (first) return { next: 'open', checkout: first, stripeCustomerId };
    const latest = await em().findOneOrFail(
      Checkout,
      { tenantId: buyer.tenantId },
      { orderBy: { generation: 'desc' } },
    );
    if (latest.state === 'completed') return { next: 'answer', reply: { state: 'completed', checkout_url: null } };
    if (latest.state === 'open' && latest.sessionId) {
      const planChanged = latest.plan !== buyer.plan;
      const isOver = latest.expiresAt != null && latest.expiresAt <= now;
      if (!planChanged && !isOver)
        return { next: 'answer', reply: { state: 'open', checkout_url: latest.url ?? null } };
      latest.supersede(now);
      return { next: 'replace', checkout: latest, sessionId: latest.sessionId, planChanged };
    }
    // Paid by another page than the newest: nothing more is to be paid.
    const paid = { tenantId: buyer.tenantId, unwanted: false, endedAt: null };
    if (!latest.isLive() && (await em().findOne(Subscription, paid)))
      return { next: 'answer', reply: { state: 'completed', checkout_url: null } };
    const checkout = latest.isLive() ? latest : this.wishAgain(latest, buyer.plan);
    if (checkout.claimOpening(buyer.plan, now) === 'busy') return { next: 'wait' };
    return { next: 'open', checkout, stripeCustomerId };
  }

  private wishAgain({ tenantId, generation }: Checkout, plan: Plan): Checkout {
    const wish = { id: newId('co'), tenantId, generation: generation + 1, plan, now: this.clock.now() };
    return em().create(Checkout, Checkout.wish(wish));
  }

  private async open(buyer: Buyer, claim: { checkout: Checkout; stripeCustomerId: string | null }, asker: Asker) {
    const { checkout } = claim;
    let customerId = claim.stripeCustomerId;
    try {
      const payer = (customerId ??= await this.customerAtStripe(buyer, checkout));
      const session = await this.stripe.openCheckout(this.page(buyer, checkout, payer));
      checkoutsOpened.inc({ outcome: 'opened' });
      return await this.door.commit('checkout-opened', () => this.save(checkout, session, payer), {
        sharedBy: buyer.tenantId,
      });
    } catch (error) {
      if (!(error instanceof VendorError)) throw error;
      checkoutsOpened.inc({ outcome: 'failed' });
      await this.door.commit('checkout-not-opened', () => this.postpone(checkout, error, customerId, asker));
      return opening;
    }
  }

  /** A tenant has one customer at Stripe. Once a first try may have made one that we do not know, Stripe is asked before. */
  private async customerAtStripe(buyer: Buyer, checkout: Checkout): Promise<string> {
    const { tenantId, email, companyName } = buyer;
    if (checkout.generation > 1 || checkout.keyGeneration > 1) {
      const known = await this.stripe.findCustomer({ tenantId, email });
      if (known) return known.id;
    }
    const idempotencyKey = `${tenantId}:customer:${checkout.generation}.${checkout.keyGeneration}`;
    return (await this.stripe.ensureCustomer({ tenantId, email, name: companyName, idempotencyKey })).id;
  }

  private page(buyer: Buyer, checkout: Checkout, customerId: string): Parameters<StripeApi['openCheckout']>[0] {
    const { PUBLIC_URL, CHECKOUT_TTL_MINUTES } = this.config;
    const origin = PUBLIC_URL.replace(/\/+$/, '');
    return {
      tenantId: buyer.tenantId,
      customerId,
      price: { lookupKey: plans[checkout.plan].priceLookupKey },
      trialDays,
      successUrl: `${origin}/onboarding/success?session_id={CHECKOUT_SESSION_ID}`,
      cancelUrl: `${origin}/signup?cancelled=true`,
      metadata: { checkout_id: checkout.id },
      // Counted from the key's birth, because every repetition under one key must send the same figures.
      expiresAtMs: CHECKOUT_TTL_MINUTES && checkout.keySince.getTime() + CHECKOUT_TTL_MINUTES * 60_000,
      idempotencyKey: `${buyer.tenantId}:checkout:${checkout.generation}.${checkout.keyGeneration}`,
    };
  }

  private async save(claimed: Checkout, session: StripeCheckout, customerId: string): Promise<Reply> {
    const now = this.clock.now();
    const checkout = await this.reload(claimed, customerId, now);
    if (checkout.opened(session, now) === 'unwanted') enqueue(CloseStripePage, { checkout_id: checkout.id });
    return replyOf(checkout);
  }

  /** Stripe is away or refused: the wish stays, a job tries again, and the next asker may try at once. */
  private async postpone(claimed: Checkout, error: VendorError, customerId: string | null, asker: Asker) {
    const now = this.clock.now();
    const checkout = await this.reload(claimed, customerId, now);
    const keyIsSpent = error.code === 'idempotent_replay' || error.code === 'idempotency_mismatch';
    checkout.openingFailed(error.message, now, keyIsSpent);
    // What Stripe refuses for good is left to the sweep's slower pace.
    if (checkout.isLive() && asker.retryByJob && error instanceof RetryLater)
      enqueue(LookAfterCheckout, { checkout_id: checkout.id }, { key: checkout.id, afterSeconds: 1 });
  }

  private async reload({ id, tenantId }: Checkout, customerId: string | null, now: Date): Promise<Checkout> {
    const customer = await lockCustomer(tenantId, now);
    if (customerId) customer.knownAs(customerId);
    // Erased while we were talking to Stripe: what was made there meanwhile goes again.
    if (customerId && customer.erasedAt) enqueue(EraseStripeCustomer, { tenant_id: tenantId }, { key: tenantId });
    return em().findOneOrFail(Checkout, { id });
  }

  /** Closes a page that is past its time or for another plan, so that never two of them can be paid. */
  private async replace(claim: { checkout: Checkout; sessionId: string; planChanged: boolean }): Promise<void> {
    const { checkout, sessionId, planChanged } = claim;
    let session = planChanged ? await this.stripe.expireCheckout(sessionId) : await this.stripe.getCheckout(sessionId);
    if (session.status === 'open') session = await this.stripe.expireCheckout(sessionId);
    if (session.status === 'complete' && !session.subscription) session = await this.stripe.getCheckout(sessionId);
    await this.door.commit('replace-checkout', () => this.settleCheckout.run(checkout, session));
  }

  /** Another asker is talking to Stripe for this tenant: share its result. Undefined: it died, so claim again. */
  private async waitForTheOther(tenantId: string, giveUpAt: number): Promise<Reply | undefined> {
    while (performance.now() < giveUpAt) {
      await delay(pollMs);
      const checkout = await this.door.read('wait-for-checkout', () =>
        em().findOne(Checkout, { tenantId }, { orderBy: { generation: 'desc' } }),
      );
      if (checkout && checkout.state !== 'opening') return replyOf(checkout);
      // It failed and left the rest to the job; a crowd of askers must not storm a Stripe that is down.
      if (!checkout?.openingUntil) return opening;
      if (checkout.openingUntil <= this.clock.now()) return undefined;
    }
    return opening;
  }
}

function replyOf(checkout: Checkout): Reply {
  const { state } = checkout;
  if (state === 'wanted' || state === 'opening') return opening;
  return { state, checkout_url: state === 'open' ? (checkout.url ?? null) : null };
}
