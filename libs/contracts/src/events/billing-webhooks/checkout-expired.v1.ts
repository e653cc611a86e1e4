import { z } from 'zod';
import { defineEvent } from '../event.js';

export const CheckoutExpired = defineEvent({
  owner: 'billing-webhooks',
  name: 'checkout-expired',
  when: 'The hosted page was left unpaid until it closed.',
  data: z.object({
    checkout_id: z.string(),
    /** When the page closed; billing may hear of it later. Facts told before there was this field have only their own time. */
    expired_at: z.iso.datetime().optional(),
  }),
  example: { checkout_id: 'co_1' },
});
