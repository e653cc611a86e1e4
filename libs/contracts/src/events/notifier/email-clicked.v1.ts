import { z } from 'zod';
import { defineEvent } from '../event.js';

export const EmailClicked = defineEvent({
  owner: 'notifier',
  name: 'email-clicked',
  when: 'A link of the mail was followed.',
  data: z.object({
    message_id: z.string(),
    template: z.string(),
  }),
  example: { message_id: 'msg_1', template: 'welcome' },
});
