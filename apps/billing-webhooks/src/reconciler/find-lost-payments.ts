import { sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { StripeApi, type StripeCheckout } from '@latchkey/vendor-stripe';
import { Injectable } from '@nestjs/common';
import { StoreStripeEvent } from '../stripe-inbox/store-stripe-event.js';
import { countFound } from './find-lost-events.js';
import { WalkStripeList } from './walk-stripe-list.js';

/** A page is paid up to 24 hours after it was opened, and the list is ordered by the opening. */
const overlapMs = 26 * 3_600_000;

/**
 * The last net under a payment (I-1): events older than 30 days are gone, and a row of ours may be wrong. Every paid page
 * that carries our ids and has brought no subscription here goes into the inbox as if Stripe had just told us.
 */
@Injectable()
export class FindLostPayments {
  constructor(
    private readonly clock: Clock,
    private readonly stripe: StripeApi,
    private readonly walkStripeList: WalkStripeList,
    private readonly storeStripeEvent: StoreStripeEvent,
  ) {}

  async run(signal: AbortSignal): Promise<void> {
    await this.walkStripeList.run<StripeCheckout>(
      {
        name: 'checkouts',
        overlapMs,
        page: (since) => this.stripe.pageOfPaidCheckouts(since),
        take: (sessions) => this.take(sessions),
      },
      signal,
    );
  }

  private async take(sessions: StripeCheckout[]): Promise<void> {
    const ours = sessions.filter(({ metadata }) => metadata['checkout_id'] && metadata['tenant_id']);
    // An open page is looked after by its own sweep, which comes much sooner.
    const known = await sql<{ id: string }>(
      `select id from subscription where id = any($1)
       union all select session_id from checkout where session_id = any($2) and state = 'open'`,
      [ours.map(({ subscriptionId }) => subscriptionId), ours.map(({ id }) => id)],
    );
    const heardOf = new Set(known.map(({ id }) => id));
    for (const session of ours) {
      if (heardOf.has(session.id) || heardOf.has(session.subscriptionId ?? '')) continue;
      if (session.paymentStatus === 'unpaid') continue;
      const stored = await this.storeStripeEvent.found(`found:${session.id}`, 'checkout.session.completed', {
        kind: 'checkout',
        session_id: session.id,
      });
      if (stored) countFound('checkouts', 'checkout.session.completed', this.clock.nowMs() - session.createdMs);
    }
  }
}
