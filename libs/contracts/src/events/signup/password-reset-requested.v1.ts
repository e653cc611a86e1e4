import { z } from 'zod';
import { defineEvent } from '../event.js';

export const PasswordResetRequested = defineEvent({
  owner: 'signup',
  name: 'password-reset-requested',
  when: 'A link for a new password must be mailed, because somebody who gave the account’s address asked for one.',
  data: z.object({
    reset_id: z.string(),
  }),
  example: { reset_id: 'prs_1' },
});
