import { z } from 'zod';
import { defineEvent } from '../event.js';

export const EmailSent = defineEvent({
  owner: 'notifier',
  name: 'email-sent',
  when: 'SendGrid took the mail.',
  data: z.object({
    message_id: z.string(),
    template: z.string(),
  }),
  example: { message_id: 'msg_1', template: 'welcome' },
});
