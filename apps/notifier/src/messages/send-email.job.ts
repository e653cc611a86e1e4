import { defineJob } from '@latchkey/shared/jobs';
import { z } from 'zod';

/**
 * Brings one mail one step further. Pauses between attempts belong to the message (it shows `next_attempt_at` and ends
 * at a promised time), so the job's own tries are only for our own failures.
 */
export const SendEmailJob = defineJob({
  name: 'send-email',
  data: z.object({
    message_id: z.string(),
    /** What the row of a new mail says (ids and instants), so that its first try need not read it. */
    mail: z.object({ template: z.string(), tenant_id: z.string(), fact_data: z.unknown() }).optional(),
  }),
  tries: 20,
  backoffSeconds: 1,
  backoffMaxSeconds: 300,
  concurrency: 8,
  timeoutSeconds: 30,
});
