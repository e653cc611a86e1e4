import { z } from 'zod';
import { defineEvent } from '../event.js';

export const EmailVerified = defineEvent({
  owner: 'signup',
  name: 'email-verified',
  when: 'The customer typed the right code.',
  data: z.object({
    verification_id: z.string(),
  }),
  example: { verification_id: 'ver_1' },
});
