import { z } from 'zod';
import { defineEvent } from '../event.js';

export const PasswordChanged = defineEvent({
  owner: 'signup',
  name: 'password-changed',
  when: 'The account has another password, and every session that was open is ended.',
  data: z.object({
    user_id: z.string(),
    reset_id: z.string(),
  }),
  example: { user_id: 'user_1', reset_id: 'prs_1' },
});
