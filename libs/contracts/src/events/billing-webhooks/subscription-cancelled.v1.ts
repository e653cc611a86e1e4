import { z } from 'zod';
import { defineEvent } from '../event.js';

export const SubscriptionCancelled = defineEvent({
  owner: 'billing-webhooks',
  name: 'subscription-cancelled',
  when: 'The subscription has ended and nothing more will be charged.',
  data: z.object({
    reason: z.enum(['provisioning_failed', 'customer', 'payment_failed', 'erasure', 'duplicate']),
    refunded_cents: z.int().nonnegative(),
  }),
  example: { reason: 'customer', refunded_cents: 0 },
});
