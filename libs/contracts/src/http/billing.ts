import { z } from 'zod';
import { Instant } from '../events/event.js';
import { Plan } from '../plans.js';

/**
 * `GET /api/billing/subscription`. What we know ourselves is always there; what only Stripe knows (card, next invoice)
 * is null while Stripe does not answer in time, and `stripe` says which of both it is.
 */
export const BillingSubscription = z.object({
  plan: Plan,
  /** Stripe's word: `trialing`, `active`, `past_due`, `canceled` and so on; it may add some. */
  status: z.string(),
  price_cents_per_month: z.int(),
  trial_ends_at: Instant.nullable(),
  current_period_ends_at: Instant.nullable(),
  cancel_at_period_end: z.boolean(),
  ended_at: Instant.nullable(),
  /** When Stripe last told us the fields above. */
  as_of: Instant,
  stripe: z.enum(['answered', 'unavailable']),
  card: z.object({ brand: z.string(), last4: z.string(), exp_month: z.int(), exp_year: z.int() }).nullable(),
  next_invoice: z.object({ amount_cents: z.int(), currency: z.string(), due_at: Instant.nullable() }).nullable(),
});
export type BillingSubscription = z.infer<typeof BillingSubscription>;

/** `GET /api/billing/invoices`: the newest first. From our own books, without links, while Stripe does not answer in time. */
export const BillingInvoices = z.object({
  stripe: z.enum(['answered', 'unavailable']),
  invoices: z.array(
    z.object({
      invoice_id: z.string(),
      number: z.string().nullable(),
      date: Instant,
      amount_cents: z.int(),
      currency: z.string(),
      /** `open`, `paid`, `void`, `uncollectible`; Stripe may add some. */
      status: z.string(),
      hosted_url: z.string().nullable(),
      pdf_url: z.string().nullable(),
    }),
  ),
});
export type BillingInvoices = z.infer<typeof BillingInvoices>;

/** `POST /api/billing/portal`: a short-lived link to Stripe's own page for card, invoices and cancelling. */
export const BillingPortal = z.object({ url: z.string() });
export type BillingPortal = z.infer<typeof BillingPortal>;
