import { OnJob, OnSchedule, type JobData, type JobRun } from '@latchkey/shared/jobs';
import { Door, em } from '@latchkey/shared/persistence';
import { StripeApi } from '@latchkey/vendor-stripe';
import { Injectable } from '@nestjs/common';
import { Checkout } from './checkout.entity.js';
import { CloseStripePage, LookAfterCheckout } from './jobs.js';
import { LookAfterOneCheckout } from './look-after-checkout.js';
import { SettleCheckout } from './settle-checkout.js';
import { SweepCheckouts } from './sweep-checkouts.js';

/** Due work on checkouts. */
@Injectable()
export class CheckoutJobs {
  constructor(
    private readonly door: Door,
    private readonly stripe: StripeApi,
    private readonly lookAfterOneCheckout: LookAfterOneCheckout,
    private readonly sweepCheckouts: SweepCheckouts,
    private readonly settleCheckout: SettleCheckout,
  ) {}

  @OnJob(LookAfterCheckout)
  async lookAfter({ checkout_id }: JobData<typeof LookAfterCheckout>, run: JobRun): Promise<void> {
    await this.lookAfterOneCheckout.run(checkout_id, run);
  }

  /** Somebody may have paid at the last moment: then Stripe answers `complete`, and the payment is undone. */
  @OnJob(CloseStripePage)
  async closePage({ checkout_id }: JobData<typeof CloseStripePage>, run: JobRun): Promise<void> {
    const checkout = await this.door.read('close-stripe-page', () => em().findOne(Checkout, { id: checkout_id }));
    if (!checkout?.sessionId) return;
    const closed = await this.stripe.expireCheckout(checkout.sessionId);
    const session = closed.status === 'complete' ? await this.stripe.getCheckout(closed.id) : closed;
    await run.commit(() => this.settleCheckout.run(checkout, session));
  }

  @OnSchedule({ name: 'sweep-checkouts', cron: '* * * * *' })
  async sweep(_run: JobRun): Promise<void> {
    await this.sweepCheckouts.run();
  }
}
