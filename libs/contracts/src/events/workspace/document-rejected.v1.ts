import { z } from 'zod';
import { defineEvent } from '../event.js';

export const DocumentRejected = defineEvent({
  owner: 'workspace',
  name: 'document-rejected',
  when: 'An upload could not be used, and the customer was told why.',
  data: z.object({
    document_id: z.string().nullable(),
    reason: z.string(),
  }),
  example: { document_id: 'doc_2', reason: 'document_encrypted' },
});
