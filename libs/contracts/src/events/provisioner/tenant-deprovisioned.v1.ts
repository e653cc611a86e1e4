import { z } from 'zod';
import { defineEvent } from '../event.js';

export const TenantDeprovisioned = defineEvent({
  owner: 'provisioner',
  name: 'tenant-deprovisioned',
  when: 'Namespace and runtime of the tenant are gone, and that was verified.',
  data: z.object({
    run_id: z.string(),
    reason: z.enum(['cancelled', 'erasure']),
  }),
  example: { run_id: 'run_1', reason: 'cancelled' },
});
