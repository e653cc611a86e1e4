import { z } from 'zod';
import { Instant, defineEvent } from '../event.js';

export const CustomerStuck = defineEvent({
  owner: 'analytics',
  name: 'customer-stuck',
  when: 'A rule of S4.5 says this customer stopped on the way.',
  data: z.object({
    rule: z.enum(['after_payment', 'after_login', 'in_wizard']),
    since: Instant,
  }),
  example: { rule: 'after_payment', since: '2026-11-21T03:00:00.000Z' },
});
