import { z } from 'zod';
import { defineEvent } from '../event.js';

export const ProvisioningAbandoned = defineEvent({
  owner: 'signup',
  name: 'provisioning-abandoned',
  when: 'A paid tenant has waited too long: it will not become active any more, the money goes back, and whatever was built is taken away.',
  data: z.object({
    /** Every clearance up to this one; a later one was cleared again by an operator and does not fall under it. */
    generation: z.int().positive(),
    because: z.enum(['deadline', 'operator', 'not_verified', 'not_compensated']),
  }),
  example: { generation: 1, because: 'deadline' },
});
