import { GiveUp } from '@latchkey/shared/errors';
import { enqueue, type JobRun } from '@latchkey/shared/jobs';
import { Door, em } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { StripeApi } from '@latchkey/vendor-stripe';
import { Injectable } from '@nestjs/common';
import { CloseCheckout } from '../checkout/close-checkout.js';
import { EndSubscription, EraseStripeCustomer } from '../subscription/jobs.js';
import { Subscription } from '../subscription/subscription.entity.js';
import { Customer, lockCustomer } from './customer.entity.js';

const lookAgainSeconds = 15;
/** Until then Stripe's search shows a customer whose making we never got an answer about. */
const searchableAfterSeconds = 120;

/**
 * The person wants everything gone. Billing holds ids and amounts only, which bookkeeping law keeps; the person's data is
 * Stripe's copy, and that is deleted.
 */
@Injectable()
export class EraseCustomer {
  constructor(
    private readonly door: Door,
    private readonly clock: Clock,
    private readonly stripe: StripeApi,
    private readonly closeCheckout: CloseCheckout,
  ) {}

  /** Runs inside a commit: from now on nothing is opened or paid for this tenant. */
  async request(tenantId: string): Promise<void> {
    const now = this.clock.now();
    const customer = await lockCustomer(tenantId, now);
    if (customer.erase(now) === 'already') return;
    await this.closeCheckout.run(tenantId, now);
    const subscription = await em().findOne(Subscription, { tenantId, unwanted: false, endedAt: null });
    if (subscription) {
      subscription.wantEnd('erasure', now);
      enqueue(EndSubscription, { subscription_id: subscription.id }, { key: subscription.id });
    }
    const afterSeconds = customer.stripeCustomerId ? 0 : searchableAfterSeconds;
    enqueue(EraseStripeCustomer, { tenant_id: tenantId }, { key: tenantId, afterSeconds });
  }

  async eraseAtStripe(tenantId: string, run: JobRun): Promise<void> {
    const { customer, ending } = await this.door.read('erase-customer', async () => ({
      customer: await em().findOne(Customer, { tenantId }),
      ending: await em().findOne(Subscription, { tenantId, endWanted: { $ne: null }, endedAt: null }),
    }));
    // First the money: a deleted customer's payments are harder to find. That takes a second, or as long as Stripe is away.
    if (ending)
      return run.commit(() => {
        enqueue(EraseStripeCustomer, { tenant_id: tenantId }, { key: tenantId, afterSeconds: lookAgainSeconds });
      });
    await this.deleteAtStripe(tenantId, customer?.stripeCustomerId);
    await run.commit(() => undefined);
  }

  /** Even what Stripe refuses is tried again: a wrong key is mended by an operator, and the person must still be forgotten. */
  private async deleteAtStripe(tenantId: string, known: string | null | undefined): Promise<void> {
    try {
      const customerId = known ?? (await this.stripe.searchCustomer(tenantId))?.id;
      if (customerId) await this.stripe.deleteCustomer(customerId);
    } catch (error) {
      if (error instanceof GiveUp) throw new Error(`Not given up: ${error.message}`, { cause: error });
      throw error;
    }
  }
}
