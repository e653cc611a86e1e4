import { z } from 'zod';
import { Instant, defineEvent } from '../event.js';

export const ErasureRequested = defineEvent({
  owner: 'signup',
  name: 'erasure-requested',
  when: 'The customer wants everything gone; every owner of data must answer to this.',
  data: z.object({
    requested_at: Instant,
  }),
  example: { requested_at: '2026-11-23T03:00:00.000Z' },
});
