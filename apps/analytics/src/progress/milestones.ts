import {
  DocumentRejected,
  EmailBounced,
  EmailDelivered,
  EmailOpened,
  EmailSent,
  ErasureRequested,
  InvoicePaid,
  ProvisioningFailed,
  QuestionAnswered,
  QuestionFailed,
  SessionStarted,
  SubscriptionCancelled,
  SubscriptionChanged,
  TenantCleared,
  TenantDeprovisioned,
  TenantExpired,
  TenantSuspended,
} from '@latchkey/contracts';
import { stages } from '../funnel/stages.js';
import { milestone, type MilestoneRule } from './milestone.js';

const isWelcome = ({ template }: { template: string }) => template === 'welcome';

/** Everything that is remembered of a tenant: the stages of the funnel, and what explains why somebody is not further. */
export const milestones: readonly MilestoneRule[] = [
  ...stages,
  milestone('cleared', TenantCleared),
  milestone('expired', TenantExpired),
  milestone('provisioning_given_up', ProvisioningFailed),
  milestone('provisioning_failed', ProvisioningFailed, { reason: ({ reason }) => reason }),
  milestone('compensated', SubscriptionCancelled, { when: ({ reason }) => reason === 'provisioning_failed' }),
  // Beside the reasons, so that who never met a failure need not be looked through for one.
  milestone('failed_query', QuestionFailed),
  milestone('failed_query', QuestionAnswered, { when: ({ grounded }) => !grounded }),
  milestone('rejected_upload', DocumentRejected),
  milestone('question_failed', QuestionFailed, { reason: ({ reason }) => reason }),
  // An honest "I do not know" is an attempt that gave the customer nothing.
  milestone('question_failed', QuestionAnswered, {
    when: ({ grounded }) => !grounded,
    reason: () => 'not_in_documents',
  }),
  milestone('document_rejected', DocumentRejected, { reason: ({ reason }) => reason }),
  milestone('welcome_sent', EmailSent, { when: isWelcome }),
  milestone('welcome_delivered', EmailDelivered, { when: isWelcome }),
  milestone('welcome_bounced', EmailBounced, { when: isWelcome }),
  // Machines open mails before people do (FEATURES lesson 21).
  milestone('welcome_opened', EmailOpened, { when: (data) => isWelcome(data) && !data.machine }),
  milestone('last_login', SessionStarted, { keep: 'last' }),
  milestone('last_query', [QuestionAnswered, QuestionFailed], { keep: 'last' }),
  milestone('last_suspended', TenantSuspended, { keep: 'last' }),
  milestone('last_paid', InvoicePaid, { keep: 'last' }),
  milestone('last_reactivated', SubscriptionChanged, {
    keep: 'last',
    when: ({ status }) => status === 'active' || status === 'trialing',
  }),
  milestone('last_left', [TenantDeprovisioned, ErasureRequested], { keep: 'last' }),
  // Of two subscriptions one is ended; the customer stays.
  milestone('last_left', SubscriptionCancelled, { keep: 'last', when: ({ reason }) => reason !== 'duplicate' }),
];
