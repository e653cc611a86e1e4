import { z } from 'zod';
import { Instant } from '../events/event.js';
import { Plan } from '../plans.js';
import { defineQuestion } from './question.js';

/** The provisioner's last step. Asked twice, it answers twice with the same workspace: one runtime, one quota period, one first key. */
export const OpenWorkspace = defineQuestion({
  owner: 'workspace',
  name: 'open-workspace',
  askedBy: ['provisioner'],
  what: 'That the tenant has a runtime: limits by plan, a quota period and a first key.',
  timeoutMs: 5_000,
  request: z.object({
    tenant_id: z.string(),
    plan: Plan,
    namespace: z.string(),
    trial_ends_at: Instant.nullable(),
    /** Grows with every try that may follow an undo: an opening that was on its way when its try was undone opens nothing any more. */
    epoch: z.int().positive().optional(),
  }),
  reply: z.object({ first_key_id: z.string(), opened_at: Instant }),
});

/** The undo of `OpenWorkspace`; closing a workspace that is closed or never was is fine. */
export const CloseWorkspace = defineQuestion({
  owner: 'workspace',
  name: 'close-workspace',
  askedBy: ['provisioner'],
  what: 'That nobody can use this runtime any more: keys revoked, quota closed.',
  timeoutMs: 5_000,
  request: z.object({ tenant_id: z.string(), epoch: z.int().positive().optional() }),
  reply: z.object({ closed: z.literal(true) }),
});
