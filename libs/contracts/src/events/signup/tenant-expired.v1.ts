import { z } from 'zod';
import { defineEvent } from '../event.js';

export const TenantExpired = defineEvent({
  owner: 'signup',
  name: 'tenant-expired',
  when: 'A signup was abandoned, or replaced by a newer one for the same email; its checkout must not be paid any more.',
  data: z.object({
    reason: z.enum(['checkout_expired', 'replaced']),
  }),
  example: { reason: 'checkout_expired' },
});
