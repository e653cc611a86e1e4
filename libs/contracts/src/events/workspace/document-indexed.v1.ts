import { z } from 'zod';
import { defineEvent } from '../event.js';

export const DocumentIndexed = defineEvent({
  owner: 'workspace',
  name: 'document-indexed',
  when: 'A document of the customer was read, split and is searchable.',
  data: z.object({
    document_id: z.string(),
    format: z.enum(['pdf', 'txt', 'md', 'docx', 'html']),
    bytes: z.int().nonnegative(),
    chunks: z.int().positive(),
    embedding_tokens: z.int().nonnegative(),
  }),
  example: { document_id: 'doc_1', format: 'pdf', bytes: 20480, chunks: 12, embedding_tokens: 3000 },
});
