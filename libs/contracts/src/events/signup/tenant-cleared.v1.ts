import { z } from 'zod';
import { Plan } from '../../plans.js';
import { Instant, defineEvent } from '../event.js';

export const TenantCleared = defineEvent({
  owner: 'signup',
  name: 'tenant-cleared',
  when: 'Paid and verified: provision now.',
  data: z.object({
    plan: Plan,
    region: z.string(),
    trial_ends_at: Instant.nullable(),
    paid_at: Instant,
    /** Counts the tenant's clearances; an operator's retry is the next one. */
    generation: z.int().positive().optional(),
  }),
  example: {
    plan: 'starter',
    region: 'eu',
    trial_ends_at: '2026-12-07T03:00:00.000Z',
    paid_at: '2026-11-23T03:00:00.000Z',
  },
});
