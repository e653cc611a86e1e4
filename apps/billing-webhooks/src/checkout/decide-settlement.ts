import type { StripeCheckout } from '@latchkey/vendor-stripe';
import type { Checkout } from './checkout.entity.js';

/** What is known here when Stripe's word about a payment page comes in. */
export interface KnownOfTenant {
  /** The subscription of this very session is here already. */
  isKnown: boolean;
  /** The tenant has another subscription that counts. */
  hasCurrent: boolean;
  isErased: boolean;
}

export type SettlementDecision = 'already' | 'expire' | 'open' | 'waiting_for_payment' | 'complete' | 'undo';

/**
 * The rule of a payment page, and all of it: what Stripe says now and what we know decide, never in which order or how
 * often we were told (N2). One paid subscription a tenant: the first is kept, every other one is undone, and so is one
 * paid on a page that nobody may pay on any more.
 */
export function decideSettlement(
  checkout: Pick<Checkout, 'sessionId' | 'isLive'>,
  session: Pick<StripeCheckout, 'id' | 'status' | 'paymentStatus'>,
  known: KnownOfTenant,
): SettlementDecision {
  // A session of an earlier key may end as well: nobody had its link, so its end says nothing about the tenant.
  if (session.status === 'expired') return session.id === checkout.sessionId ? 'expire' : 'already';
  if (session.status !== 'complete') return 'open';
  // A bank debit can stay unpaid for days; Stripe then reports the outcome with an event of its own.
  if (session.paymentStatus === 'unpaid') return 'waiting_for_payment';
  if (known.isKnown) return 'already';
  return known.hasCurrent || known.isErased || !checkout.isLive() ? 'undo' : 'complete';
}
