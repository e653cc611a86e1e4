import { z } from 'zod';
import { Instant, defineEvent } from '../event.js';

export const ProvisioningDelayed = defineEvent({
  owner: 'signup',
  name: 'provisioning-delayed',
  when: 'A paid tenant waits longer than anybody should; nothing is lost yet.',
  data: z.object({
    generation: z.int().positive(),
    waiting_since: Instant,
    /** Then the tenant is abandoned and the money goes back. */
    gives_up_at: Instant,
  }),
  example: {
    generation: 1,
    waiting_since: '2026-11-23T03:00:00.000Z',
    gives_up_at: '2026-11-23T05:00:00.000Z',
  },
});
