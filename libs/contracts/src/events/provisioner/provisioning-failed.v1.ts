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
  }),
  example: { run_id: 'run_1', step: 'sample-documents', reason: 'pinecone', attempts: 4 },
});
