import type { BillingPortal } from '@latchkey/contracts';
import { ProblemError } from '@latchkey/shared/errors';
import { Door, em } from '@latchkey/shared/persistence';
import { within } from '@latchkey/shared/time';
import { StripeApi } from '@latchkey/vendor-stripe';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { Customer } from '../customer/customer.entity.js';

/** A click on a button is worth waiting for a little longer than a page is. */
const portalPatienceMs = 6_000;
const retryAfterSeconds = 10;

/** Opens Stripe's own page for card, invoices and cancelling. What is changed there comes back by webhook. */
@Injectable()
export class OpenPortal {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly door: Door,
    private readonly stripe: StripeApi,
  ) {}

  async run(tenantId: string): Promise<BillingPortal> {
    const customer = await this.door.read('own-customer', () => em().findOne(Customer, { tenantId, erasedAt: null }));
    if (!customer?.stripeCustomerId) throw new ProblemError('no_subscription');
    const returnUrl = new URL('/app/billing', this.config.PUBLIC_URL).href;
    const opened = this.stripe.openBillingPortal({ customerId: customer.stripeCustomerId, returnUrl });
    let portal: BillingPortal | null;
    try {
      portal = await within(portalPatienceMs, opened, null);
    } catch (error) {
      throw new ProblemError('billing_portal_unavailable', { retryAfterSeconds, cause: error });
    }
    if (!portal) throw new ProblemError('billing_portal_unavailable', { retryAfterSeconds });
    return portal;
  }
}
