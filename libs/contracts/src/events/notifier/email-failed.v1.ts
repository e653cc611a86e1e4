import { z } from 'zod';
import { defineEvent } from '../event.js';

export const EmailFailed = defineEvent({
  owner: 'notifier',
  name: 'email-failed',
  when: 'A mail could not be sent after all retries; ops is alerted and nothing else stops (F5).',
  data: z.object({
    message_id: z.string(),
    template: z.string(),
    reason: z.string(),
  }),
  example: { message_id: 'msg_1', template: 'welcome', reason: 'outage' },
});
