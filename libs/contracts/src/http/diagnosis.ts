import { z } from 'zod';
import { Instant } from '../events/event.js';
import { TenantStatus } from '../tenant-status.js';

export const FindTenantsRequest = z.strictObject({ email: z.email().max(254) });
export type FindTenantsRequest = z.infer<typeof FindTenantsRequest>;

export const DiagnosisCheck = z.object({
  name: z.enum(['status', 'run', 'namespace', 'samples', 'mail', 'funnel', 'webhook', 'dead_letters']),
  title: z.string(),
  state: z.enum(['ok', 'failed', 'unknown']),
  evidence: z.string(),
});
export type DiagnosisCheck = z.infer<typeof DiagnosisCheck>;

/** What an operator can safely do now: a POST to the owner, with `{reason}` and whatever `body` says. */
export const DiagnosisAction = z.object({
  name: z.enum(['resume', 'retry', 'compensate', 'resend-welcome', 'reconcile-payment', 'redrive-dead-letters']),
  service: z.enum(['signup', 'billing-webhooks', 'provisioner', 'workspace', 'notifier', 'analytics']),
  path: z.string(),
  body: z.record(z.string(), z.unknown()),
  what: z.string(),
});
export type DiagnosisAction = z.infer<typeof DiagnosisAction>;

/** `GET /api/analytics/tenants/:id/diagnosis`: what is wrong with one tenant, why we think so, and what can be done. */
export const Diagnosis = z.object({
  tenant_id: z.string(),
  at: Instant,
  status: TenantStatus.nullable(),
  healthy: z.boolean(),
  /** Stable, for scripts; the sentence is for people. */
  code: z.string(),
  cause: z.string(),
  checks: z.array(DiagnosisCheck),
  actions: z.array(DiagnosisAction),
});
export type Diagnosis = z.infer<typeof Diagnosis>;
