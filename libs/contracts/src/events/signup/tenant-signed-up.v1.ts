import { z } from 'zod';
import { Plan } from '../../plans.js';
import { defineEvent } from '../event.js';

export const TenantSignedUp = defineEvent({
  owner: 'signup',
  name: 'tenant-signed-up',
  when: 'Somebody accepted the terms and has an account; nothing is paid or verified yet.',
  data: z.object({
    plan: Plan,
    region: z.string(),
    terms_version: z.string(),
    verification_id: z.string(),
  }),
  example: { plan: 'starter', region: 'eu', terms_version: '2026-11-01', verification_id: 'ver_1' },
});
