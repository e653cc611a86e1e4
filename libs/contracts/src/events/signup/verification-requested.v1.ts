import { z } from 'zod';
import { defineEvent } from '../event.js';

export const VerificationRequested = defineEvent({
  owner: 'signup',
  name: 'verification-requested',
  when: 'A new code must be mailed, because the customer asked for one or resumed an abandoned signup.',
  data: z.object({
    verification_id: z.string(),
  }),
  example: { verification_id: 'ver_2' },
});
