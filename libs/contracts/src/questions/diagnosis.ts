import { z } from 'zod';
import { Instant } from '../events/event.js';
import { Plan } from '../plans.js';
import { TenantStatus } from '../tenant-status.js';
import { StepState } from './provisioner.js';
import { defineQuestion } from './question.js';

/**
 * What the tenant doctor asks each owner about one tenant (S8, "Debugging Checklist"). Owners answer with their own
 * facts and judge nothing; whoever does not answer is a finding itself.
 */
const request = z.object({ tenant_id: z.string() });

/** Events and jobs of this tenant that the owner gave up and that wait for an operator. */
const DeadLettersOfTenant = z.object({ count: z.int(), oldest_reason: z.string().nullable() });

export const SignupDiagnosis = defineQuestion({
  owner: 'signup',
  name: 'diagnosis',
  askedBy: ['analytics'],
  what: 'Where the tenant is in its lifecycle, and since when.',
  timeoutMs: 3_000,
  request,
  reply: z.object({
    tenant: z
      .object({
        status: TenantStatus,
        plan: Plan,
        signed_up_at: Instant,
        email_verified_at: Instant.nullable(),
        paid_at: Instant.nullable(),
        cleared_at: Instant.nullable(),
        provisioned_at: Instant.nullable(),
        provisioning_error: z.string().nullable(),
        compensated_at: Instant.nullable(),
        refunded_cents: z.int().nullable(),
        first_query_attempted_at: Instant.nullable(),
        first_query_at: Instant.nullable(),
        first_document_at: Instant.nullable(),
        activation_completed_at: Instant.nullable(),
      })
      .nullable(),
    dead_letters: DeadLettersOfTenant,
  }),
});

/** Addresses are signup's alone; the doctor is given one by an operator and asks whose it is. */
export const FindTenants = defineQuestion({
  owner: 'signup',
  name: 'find-tenants',
  askedBy: ['analytics'],
  what: 'The tenants of an address, the newest first.',
  timeoutMs: 3_000,
  request: z.object({ email: z.string().max(254) }),
  reply: z.object({
    tenants: z.array(z.object({ tenant_id: z.string(), status: TenantStatus, signed_up_at: Instant })),
  }),
});

export const BillingDiagnosis = defineQuestion({
  owner: 'billing-webhooks',
  name: 'diagnosis',
  askedBy: ['analytics'],
  what: 'Checkout, subscription and Stripe events, and what Stripe itself says about an open checkout.',
  timeoutMs: 7_000,
  request,
  reply: z.object({
    checkout: z
      .object({
        state: z.enum(['wanted', 'opening', 'open', 'completed', 'expired', 'closed']),
        completed_at: Instant.nullable(),
        last_error: z.string().nullable(),
      })
      .nullable(),
    /** Asked only while the checkout is open here: then Stripe may know more than we do. */
    stripe: z.object({
      asked: z.enum(['answered', 'failed', 'not_needed']),
      paid: z.boolean().nullable(),
      detail: z.string().nullable(),
    }),
    stripe_events: z.object({
      received: z.int(),
      waiting: z.int(),
      dead: z.int(),
      dead_reason: z.string().nullable(),
      last_received_at: Instant.nullable(),
    }),
    subscription: z
      .object({ status: z.string(), ended_at: Instant.nullable(), end_reason: z.string().nullable() })
      .nullable(),
    dead_letters: DeadLettersOfTenant,
  }),
});

export const ProvisionerDiagnosis = defineQuestion({
  owner: 'provisioner',
  name: 'diagnosis',
  askedBy: ['analytics'],
  what: 'The last run with its last error, and what Pinecone says about the namespace and the samples.',
  timeoutMs: 9_000,
  request,
  reply: z.object({
    run: z
      .object({
        run_id: z.string(),
        state: z.enum(['running', 'retrying', 'undoing', 'done', 'failed', 'removed']),
        /** The step it stands at, or failed at. */
        step: z.string().nullable(),
        step_state: StepState.nullable(),
        attempts: z.int(),
        last_error: z.string().nullable(),
        failure_reason: z.string().nullable(),
        next_attempt_at: Instant.nullable(),
        deadline_at: Instant,
        finished_at: Instant.nullable(),
      })
      .nullable(),
    pinecone: z.object({
      asked: z.enum(['answered', 'failed', 'not_needed']),
      namespace: z.string().nullable(),
      exists: z.boolean().nullable(),
      samples_present: z.int().nullable(),
      samples_expected: z.int(),
      sample_question_finds_its_answer: z.boolean().nullable(),
      detail: z.string().nullable(),
    }),
    dead_letters: DeadLettersOfTenant,
  }),
});

export const WorkspaceDiagnosis = defineQuestion({
  owner: 'workspace',
  name: 'diagnosis',
  askedBy: ['analytics'],
  what: 'Whether the workspace is open, and how questions and uploads went.',
  timeoutMs: 3_000,
  request,
  reply: z.object({
    workspace: z
      .object({
        state: z.enum(['open', 'suspended', 'closed', 'erased']),
        suspended_for: z.string().nullable(),
        living_keys: z.int(),
        questions_answered: z.int(),
        questions_failed: z.int(),
        /** Failed questions since the last one that was answered. */
        failed_in_a_row: z.int(),
        last_failure: z.string().nullable(),
        documents_indexed: z.int(),
        documents_rejected: z.int(),
        last_rejection: z.string().nullable(),
      })
      .nullable(),
    dead_letters: DeadLettersOfTenant,
  }),
});

const MailFacts = z.object({
  message_id: z.string(),
  state: z.enum(['queued', 'sending', 'sent', 'uncertain', 'failed', 'skipped']),
  reason: z.string().nullable(),
  attempts: z.int(),
  created_at: Instant,
  sent_at: Instant.nullable(),
  delivered_at: Instant.nullable(),
  opened_at: Instant.nullable(),
  bounced_at: Instant.nullable(),
  /** What SendGrid called it: bounce, blocked, dropped or spam_report. */
  bounced_as: z.string().nullable(),
});
export type MailFacts = z.infer<typeof MailFacts>;

export const NotifierDiagnosis = defineQuestion({
  owner: 'notifier',
  name: 'diagnosis',
  askedBy: ['analytics'],
  what: 'What became of the welcome mail and of the last code.',
  timeoutMs: 3_000,
  request,
  reply: z.object({
    welcome: MailFacts.nullable(),
    verification: MailFacts.nullable(),
    dead_letters: DeadLettersOfTenant,
  }),
});
