import { z } from 'zod';
import { defineEvent } from '../event.js';

export const TenantSuspended = defineEvent({
  owner: 'signup',
  name: 'tenant-suspended',
  when: 'The tenant may no longer use the product, until a payment arrives or an operator decides.',
  data: z.object({
    reason: z.enum(['payment_failed', 'operator', 'abuse']),
  }),
  example: { reason: 'payment_failed' },
});
