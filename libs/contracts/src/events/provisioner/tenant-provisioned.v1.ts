import { z } from 'zod';
import { Plan } from '../../plans.js';
import { defineEvent } from '../event.js';

export const TenantProvisioned = defineEvent({
  owner: 'provisioner',
  name: 'tenant-provisioned',
  when: 'The workspace is open, and the sample question finds the sample document.',
  data: z.object({
    run_id: z.string(),
    plan: Plan,
    warm: z.boolean(),
    seconds_to_provision: z.number().nonnegative(),
    /** Which clearance of the tenant this is about; an operator's retry is the next one. */
    generation: z.int().positive().optional(),
  }),
  example: { run_id: 'run_1', plan: 'starter', warm: false, seconds_to_provision: 0.8 },
});
