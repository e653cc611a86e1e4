import { z } from 'zod';
import { defineEvent } from '../event.js';

export const InterventionResolved = defineEvent({
  owner: 'analytics',
  name: 'intervention-resolved',
  when: 'A stuck customer moved on.',
  data: z.object({
    rule: z.enum(['after_payment', 'after_login', 'in_wizard']),
  }),
  example: { rule: 'after_payment' },
});
