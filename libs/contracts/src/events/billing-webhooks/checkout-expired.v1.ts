import { z } from 'zod';
import { defineEvent } from '../event.js';

export const CheckoutExpired = defineEvent({
  owner: 'billing-webhooks',
  name: 'checkout-expired',
  when: 'The hosted page was left unpaid until it closed.',
  data: z.object({
    checkout_id: z.string(),
  }),
  example: { checkout_id: 'co_1' },
});
