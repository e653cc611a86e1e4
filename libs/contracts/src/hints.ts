import { z } from 'zod';
import { Instant, type Owner } from './events/event.js';
import { ProvisioningRun } from './questions/provisioner.js';

/**
 * Hints are plain core NATS messages: unstored, may be missed, and never decide anything (DESIGN section 4).
 * They tell a waiting screen to look again, or spare it the look.
 */
export const StepProgress = z.object({
  tenant_id: z.string(),
  run_id: z.string(),
  step: z.string(),
  state: z.enum(['running', 'retrying', 'done', 'failed', 'undone']),
  /** When the run last changed. */
  at: Instant,
  /** The whole run as it is now, so that nobody has to ask for it; an older release leaves it out. */
  run: ProvisioningRun.optional(),
});
export type StepProgress = z.infer<typeof StepProgress>;

export const stepProgressSubject = (tenantId: string): string => `latchkey.hint.step-progress.${tenantId}`;

/** Signup tells its own replicas that a tenant's status changed, so that whichever holds the stream can look. */
export const tenantChangedSubject = (tenantId: string): string => `latchkey.hint.tenant-changed.${tenantId}`;

/** Who tells each hint and who listens; the bus lets nobody else. */
export const hints: readonly { subject: string; from: Owner; to: readonly Owner[] }[] = [
  { subject: stepProgressSubject('*'), from: 'provisioner', to: ['signup'] },
  { subject: tenantChangedSubject('*'), from: 'signup', to: ['signup'] },
];
