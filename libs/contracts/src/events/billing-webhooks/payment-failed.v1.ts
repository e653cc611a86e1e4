import { z } from 'zod';
import { Instant, defineEvent } from '../event.js';

export const PaymentFailed = defineEvent({
  owner: 'billing-webhooks',
  name: 'payment-failed',
  when: 'A charge was declined; Stripe may try again.',
  data: z.object({
    invoice_ref: z.string(),
    attempt: z.int().nonnegative(),
    next_attempt_at: Instant.nullable(),
  }),
  example: { invoice_ref: 'in_1', attempt: 1, next_attempt_at: '2026-12-10T03:00:00.000Z' },
});
