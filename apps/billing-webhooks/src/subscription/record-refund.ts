import { em } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { Injectable } from '@nestjs/common';
import { Customer, lockCustomer } from '../customer/customer.entity.js';
import { UnknownToUs } from '../stripe-inbox/unknown-to-us.js';
import type { StripeEventFacts } from '../stripe-inbox/read-stripe-event.js';
import { Refund } from './refund.entity.js';

type ChargeRefunded = Extract<StripeEventFacts, { kind: 'charge_refunded' }>;

/**
 * Stripe reports a refund: ours, which is recorded already, or one that a person made on Stripe's own page.
 * How much is back by now was asked of Stripe before.
 */
@Injectable()
export class RecordRefund {
  constructor(private readonly clock: Clock) {}

  async run(facts: ChargeRefunded, refundedCents: number): Promise<string> {
    const now = this.clock.now();
    const customer = await em().findOne(Customer, { stripeCustomerId: facts.customer_id });
    if (!customer) throw new UnknownToUs(`unknown_tenant: customer ${facts.customer_id} of a refunded charge`);
    await lockCustomer(customer.tenantId, now);
    const known = await em().findOne(Refund, { id: facts.payment_intent_id });
    // Ours is told about when the compensation is through, with the others of it.
    if (known && !known.refundedAt) return 'ours';
    const refund =
      known ??
      em().create(Refund, {
        id: facts.payment_intent_id,
        tenantId: customer.tenantId,
        reason: 'operator',
        amountCents: 0,
        currency: facts.currency,
        keyGeneration: 1,
        wantedAt: now,
      });
    return refund.grewTo(refundedCents, facts.charge_id, now);
  }
}
