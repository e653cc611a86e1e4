import { z } from 'zod';
import { defineEvent } from '../event.js';

export const ChargeRefunded = defineEvent({
  owner: 'billing-webhooks',
  name: 'charge-refunded',
  when: 'Money went back to the customer.',
  data: z.object({
    refund_ref: z.string(),
    amount_cents: z.int().positive(),
    currency: z.string(),
    reason: z.enum(['provisioning_failed', 'duplicate', 'operator']),
  }),
  example: { refund_ref: 're_1', amount_cents: 4900, currency: 'usd', reason: 'provisioning_failed' },
});
