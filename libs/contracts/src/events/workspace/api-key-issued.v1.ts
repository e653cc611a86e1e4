import { z } from 'zod';
import { defineEvent } from '../event.js';

export const ApiKeyIssued = defineEvent({
  owner: 'workspace',
  name: 'api-key-issued',
  when: 'An API key exists; its secret is made and shown once, when the customer asks to see it.',
  data: z.object({
    key_id: z.string(),
    cause: z.enum(['first', 'requested', 'rotation']),
  }),
  example: { key_id: 'key_1', cause: 'first' },
});
