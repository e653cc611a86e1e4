import { z } from 'zod';
import { defineEvent } from '../event.js';

export const TicketOpened = defineEvent({
  owner: 'notifier',
  name: 'ticket-opened',
  when: 'A person must look at this.',
  data: z.object({
    ticket_id: z.string(),
    kind: z.string(),
    severity: z.enum(['info', 'warning', 'urgent']),
  }),
  example: { ticket_id: 'tck_1', kind: 'provisioning_failed', severity: 'urgent' },
});
