import { z } from 'zod';
import { defineEvent } from '../event.js';

export const SessionStarted = defineEvent({
  owner: 'signup',
  name: 'session-started',
  when: 'Somebody logged in with a password.',
  data: z.object({
    user_id: z.string(),
    first: z.boolean(),
  }),
  example: { user_id: 'user_1', first: true },
});
