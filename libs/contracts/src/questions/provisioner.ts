import { z } from 'zod';
import { Instant } from '../events/event.js';
import { defineQuestion } from './question.js';

export const StepState = z.enum(['waiting', 'running', 'retrying', 'done', 'failed', 'undone']);

/** A tenant's run as the waiting customer's page shows it (F1, FEATURES lesson 19). */
export const ProvisioningRun = z.object({
  run_id: z.string(),
  state: z.enum(['running', 'retrying', 'undoing', 'done', 'failed']),
  started_at: Instant,
  finished_at: Instant.nullable(),
  next_attempt_at: Instant.nullable(),
  /** Why the run stands still through no fault of its own: a supplier is away, slows us down, or our account there needs us. */
  waits_for: z.enum(['supplier_down', 'supplier_busy', 'our_account']).nullable().optional(),
  steps: z.array(
    z.object({
      name: z.string(),
      title: z.string(),
      state: StepState,
      attempts: z.int().nonnegative(),
      started_at: Instant.nullable(),
      finished_at: Instant.nullable(),
    }),
  ),
});
export type ProvisioningRun = z.infer<typeof ProvisioningRun>;

/** The true state of a tenant's run, for whoever heard no hint of it. */
export const ProvisioningProgress = defineQuestion({
  owner: 'provisioner',
  name: 'provisioning-progress',
  askedBy: ['signup'],
  what: 'Every step of the run with its true state.',
  timeoutMs: 1_500,
  request: z.object({ tenant_id: z.string() }),
  reply: z.object({
    run: ProvisioningRun.nullable(),
    /** When the run last changed, by which an answer and a hint are put in order. */
    touched_at: Instant.optional(),
  }),
});
