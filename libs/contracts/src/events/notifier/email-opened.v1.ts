import { z } from 'zod';
import { defineEvent } from '../event.js';

export const EmailOpened = defineEvent({
  owner: 'notifier',
  name: 'email-opened',
  when: 'The mail was opened, by a person or by a machine that says so.',
  data: z.object({
    message_id: z.string(),
    template: z.string(),
    machine: z.boolean(),
  }),
  example: { message_id: 'msg_1', template: 'welcome', machine: false },
});
