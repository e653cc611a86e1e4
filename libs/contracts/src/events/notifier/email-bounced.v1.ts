import { z } from 'zod';
import { defineEvent } from '../event.js';

export const EmailBounced = defineEvent({
  owner: 'notifier',
  name: 'email-bounced',
  when: 'The receiving server refused the mail.',
  data: z.object({
    message_id: z.string(),
    template: z.string(),
    kind: z.enum(['bounce', 'blocked', 'dropped', 'spam_report']),
  }),
  example: { message_id: 'msg_1', template: 'welcome', kind: 'bounce' },
});
