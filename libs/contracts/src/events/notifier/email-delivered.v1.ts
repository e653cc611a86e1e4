import { z } from 'zod';
import { defineEvent } from '../event.js';

export const EmailDelivered = defineEvent({
  owner: 'notifier',
  name: 'email-delivered',
  when: 'The receiving server took the mail.',
  data: z.object({
    message_id: z.string(),
    template: z.string(),
  }),
  example: { message_id: 'msg_1', template: 'welcome' },
});
