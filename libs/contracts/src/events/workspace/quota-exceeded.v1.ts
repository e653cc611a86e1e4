import { z } from 'zod';
import { defineEvent } from '../event.js';

export const QuotaExceeded = defineEvent({
  owner: 'workspace',
  name: 'quota-exceeded',
  when: 'A request was refused because the period is used up: a moment to offer the next plan (S5).',
  data: z.object({
    quota: z.enum(['queries', 'documents', 'api_keys']),
    limit: z.int(),
  }),
  example: { quota: 'queries', limit: 10000 },
});
