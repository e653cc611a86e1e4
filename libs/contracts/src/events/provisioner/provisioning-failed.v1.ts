import { z } from 'zod';
import { defineEvent } from '../event.js';

export const ProvisioningFailed = defineEvent({
  owner: 'provisioner',
  name: 'provisioning-failed',
  when: 'All retries are used up and every finished step is undone.',
  data: z.object({
    run_id: z.string(),
    step: z.string(),
    reason: z.enum(['pinecone', 'openai', 'workspace', 'samples_not_searchable', 'deadline', 'internal']),
    attempts: z.int().positive(),
    /** Which clearance of the tenant this is about; an operator's retry is the next one. */
    generation: z.int().positive().optional(),
    /** Set when it was not the vendors: somebody decided that the tenant must not be provisioned any more. */
    abandoned_because: z.enum(['deadline', 'operator', 'cancelled', 'erasure']).optional(),
  }),
  example: { run_id: 'run_1', step: 'sample-documents', reason: 'pinecone', attempts: 4 },
});
