import { z } from 'zod';
import { Instant, defineEvent } from '../event.js';

export const TrialEnding = defineEvent({
  owner: 'billing-webhooks',
  name: 'trial-ending',
  when: 'Three days are left before the first charge.',
  data: z.object({
    trial_ends_at: Instant,
  }),
  example: { trial_ends_at: '2026-12-07T03:00:00.000Z' },
});
