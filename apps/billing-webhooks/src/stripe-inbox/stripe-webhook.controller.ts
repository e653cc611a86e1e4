import { ProblemError } from '@latchkey/shared/errors';
import { counter, Log } from '@latchkey/shared/observability';
import { Door } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { stripeApiVersion, verifyStripeWebhook } from '@latchkey/vendor-stripe';
import { Controller, Headers, HttpCode, Inject, Post, Req, type RawBodyRequest } from '@nestjs/common';
import type { Request } from 'express';
import { CONFIG, type Config } from '../config.js';
import { ReadAhead } from './read-ahead.js';
import { readStripeEvent } from './read-stripe-event.js';
import { StoreStripeEvent } from './store-stripe-event.js';

const webhooks = counter('stripe_webhooks_total', 'Deliveries of Stripe by what became of them.', ['type', 'outcome']);

/** A signature's age is a matter of the wire: it follows the machine's time, also while ours is moved for a test or a demo. */
const wireClock = new Clock();

/** Stripe's way in: checked, stored, answered. What it means is found out afterwards (S4.2). */
@Controller()
export class StripeWebhookController {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly door: Door,
    private readonly storeStripeEvent: StoreStripeEvent,
    private readonly readAhead: ReadAhead,
    private readonly log: Log,
  ) {}

  @Post('stripe-webhook')
  @HttpCode(200)
  async receive(
    @Req() request: RawBodyRequest<Request>,
    @Headers('stripe-signature') signature?: string,
  ): Promise<{ received: true }> {
    const verdict = verifyStripeWebhook({
      rawBody: request.rawBody ?? '',
      signature,
      secrets: this.config.STRIPE_WEBHOOK_SECRET,
      toleranceSeconds: this.config.STRIPE_WEBHOOK_TOLERANCE_SECONDS,
      nowMs: wireClock.nowMs(),
    });
    if (!verdict.ok) {
      webhooks.inc({ type: 'unknown', outcome: verdict.reason });
      this.log.warn('A webhook was refused.', { reason: verdict.reason });
      throw new ProblemError(verdict.reason === 'malformed' ? 'webhook_payload_invalid' : 'webhook_signature_invalid');
    }
    const { event } = verdict;
    // We read ids and figures only, and those have kept their places; but the endpoint should be set to our version.
    if (event.api_version !== stripeApiVersion)
      this.log.warn('The webhook endpoint speaks another API version.', {
        is: event.api_version,
        want: stripeApiVersion,
      });
    const facts = readStripeEvent(event);
    this.readAhead.start(facts);
    const outcome = await this.door.commit('stripe-webhook', () => this.storeStripeEvent.run(event, facts));
    webhooks.inc({ type: event.type, outcome });
    return { received: true };
  }
}
