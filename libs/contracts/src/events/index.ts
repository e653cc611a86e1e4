import type { EventContract } from './event.js';
import { TenantSignedUp } from './signup/tenant-signed-up.v1.js';
import { VerificationRequested } from './signup/verification-requested.v1.js';
import { EmailVerified } from './signup/email-verified.v1.js';
import { TenantCleared } from './signup/tenant-cleared.v1.js';
import { TenantExpired } from './signup/tenant-expired.v1.js';
import { SessionStarted } from './signup/session-started.v1.js';
import { ActivationCompleted } from './signup/activation-completed.v1.js';
import { PasswordResetRequested } from './signup/password-reset-requested.v1.js';
import { PasswordChanged } from './signup/password-changed.v1.js';
import { TenantSuspended } from './signup/tenant-suspended.v1.js';
import { ProvisioningDelayed } from './signup/provisioning-delayed.v1.js';
import { ProvisioningAbandoned } from './signup/provisioning-abandoned.v1.js';
import { ErasureRequested } from './signup/erasure-requested.v1.js';
import { CheckoutCompleted } from './billing-webhooks/checkout-completed.v1.js';
import { CheckoutExpired } from './billing-webhooks/checkout-expired.v1.js';
import { TrialEnding } from './billing-webhooks/trial-ending.v1.js';
import { InvoicePaid } from './billing-webhooks/invoice-paid.v1.js';
import { PaymentFailed } from './billing-webhooks/payment-failed.v1.js';
import { SubscriptionChanged } from './billing-webhooks/subscription-changed.v1.js';
import { SubscriptionCancelled } from './billing-webhooks/subscription-cancelled.v1.js';
import { ChargeRefunded } from './billing-webhooks/charge-refunded.v1.js';
import { TenantProvisioned } from './provisioner/tenant-provisioned.v1.js';
import { ProvisioningFailed } from './provisioner/provisioning-failed.v1.js';
import { TenantDeprovisioned } from './provisioner/tenant-deprovisioned.v1.js';
import { WorkspaceOpened } from './workspace/workspace-opened.v1.js';
import { ApiKeyIssued } from './workspace/api-key-issued.v1.js';
import { QuestionAnswered } from './workspace/question-answered.v1.js';
import { QuestionFailed } from './workspace/question-failed.v1.js';
import { DocumentIndexed } from './workspace/document-indexed.v1.js';
import { DocumentRejected } from './workspace/document-rejected.v1.js';
import { QuotaExceeded } from './workspace/quota-exceeded.v1.js';
import { EmailSent } from './notifier/email-sent.v1.js';
import { EmailFailed } from './notifier/email-failed.v1.js';
import { EmailDelivered } from './notifier/email-delivered.v1.js';
import { EmailOpened } from './notifier/email-opened.v1.js';
import { EmailClicked } from './notifier/email-clicked.v1.js';
import { EmailBounced } from './notifier/email-bounced.v1.js';
import { TicketOpened } from './notifier/ticket-opened.v1.js';
import { CustomerStuck } from './analytics/customer-stuck.v1.js';
import { InterventionResolved } from './analytics/intervention-resolved.v1.js';

/** Every event there is: stream set-up, docs and the frozen schemas are made from this list. Adding an event adds one line here. */
export const events = {
  TenantSignedUp,
  VerificationRequested,
  EmailVerified,
  TenantCleared,
  TenantExpired,
  SessionStarted,
  ActivationCompleted,
  PasswordResetRequested,
  PasswordChanged,
  TenantSuspended,
  ProvisioningDelayed,
  ProvisioningAbandoned,
  ErasureRequested,
  CheckoutCompleted,
  CheckoutExpired,
  TrialEnding,
  InvoicePaid,
  PaymentFailed,
  SubscriptionChanged,
  SubscriptionCancelled,
  ChargeRefunded,
  TenantProvisioned,
  ProvisioningFailed,
  TenantDeprovisioned,
  WorkspaceOpened,
  ApiKeyIssued,
  QuestionAnswered,
  QuestionFailed,
  DocumentIndexed,
  DocumentRejected,
  QuotaExceeded,
  EmailSent,
  EmailFailed,
  EmailDelivered,
  EmailOpened,
  EmailClicked,
  EmailBounced,
  TicketOpened,
  CustomerStuck,
  InterventionResolved,
} satisfies Record<string, EventContract>;

export const eventsByType: ReadonlyMap<string, EventContract> = new Map(
  Object.values(events).map((event) => [event.type, event]),
);

export {
  TenantSignedUp,
  VerificationRequested,
  EmailVerified,
  TenantCleared,
  TenantExpired,
  SessionStarted,
  ActivationCompleted,
  PasswordResetRequested,
  PasswordChanged,
  TenantSuspended,
  ProvisioningDelayed,
  ProvisioningAbandoned,
  ErasureRequested,
  CheckoutCompleted,
  CheckoutExpired,
  TrialEnding,
  InvoicePaid,
  PaymentFailed,
  SubscriptionChanged,
  SubscriptionCancelled,
  ChargeRefunded,
  TenantProvisioned,
  ProvisioningFailed,
  TenantDeprovisioned,
  WorkspaceOpened,
  ApiKeyIssued,
  QuestionAnswered,
  QuestionFailed,
  DocumentIndexed,
  DocumentRejected,
  QuotaExceeded,
  EmailSent,
  EmailFailed,
  EmailDelivered,
  EmailOpened,
  EmailClicked,
  EmailBounced,
  TicketOpened,
  CustomerStuck,
  InterventionResolved,
};
