import { defineJob } from '@latchkey/shared/jobs';
import { z } from 'zod';

/**
 * Twelve tries over some five minutes; then the customer is told. A vendor that is away costs none of them: the breaker
 * says when to come again, until the watch ends the waiting (documents.job.ts).
 */
export const IndexDocumentJob = defineJob({
  name: 'index-document',
  data: z.object({ tenant_id: z.string(), document_id: z.string() }),
  tries: 12,
  backoffSeconds: 1,
  backoffMaxSeconds: 45,
  concurrency: 4,
  timeoutSeconds: 180,
});

/** Without a document: everything the tenant has. */
export const RemoveVectorsJob = defineJob({
  name: 'remove-vectors',
  data: z.object({ tenant_id: z.string(), document_id: z.string().nullable() }),
  tries: 30,
  backoffSeconds: 2,
  backoffMaxSeconds: 3_600,
  concurrency: 2,
  timeoutSeconds: 60,
});
