import { enqueue, type JobRun } from '@latchkey/shared/jobs';
import { Door, sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { StripeApi } from '@latchkey/vendor-stripe';
import { Injectable } from '@nestjs/common';
import { RereadSubscription } from './jobs.js';
import { SyncSubscription } from './sync-subscription.js';

const rereadAfterMs = 86_400_000;
/** A minute's share: 72,000 subscriptions a day, at one or two of Stripe's 25 calls a second. */
const batchSize = 50;

/**
 * Reads every running subscription and its invoices once a day, whether we heard of it or not. Stripe's events are gone
 * after 30 days; how things stand is not.
 */
@Injectable()
export class RereadSubscriptions {
  constructor(
    private readonly door: Door,
    private readonly clock: Clock,
    private readonly stripe: StripeApi,
    private readonly syncSubscription: SyncSubscription,
  ) {}

  async plan(): Promise<void> {
    const before = new Date(this.clock.nowMs() - rereadAfterMs);
    const due = await this.door.read('reread-subscriptions', () =>
      sql<{ id: string }>(
        'select id from subscription where ended_at is null and read_at < $1 order by read_at limit $2',
        [before, batchSize],
      ),
    );
    if (due.length === 0) return;
    await this.door.commit('reread-subscriptions', () => {
      for (const { id } of due) enqueue(RereadSubscription, { subscription_id: id }, { key: id });
    });
  }

  async one(subscriptionId: string, run: JobRun): Promise<void> {
    const invoices = await this.stripe.listInvoices(subscriptionId);
    // Free ones and drafts tell nothing.
    const told = invoices.filter(({ status, amountPaidCents, attempts }) =>
      status === 'paid' ? amountPaidCents > 0 : attempts > 0,
    );
    const apply = await this.syncSubscription.prepare(subscriptionId, { invoices: told.reverse() });
    await run.commit(apply);
  }
}
