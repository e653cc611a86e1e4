/**
 * Every event there is: streams, permissions and the frozen schemas are made from this list (`catalogue.ts`). Adding an event
 * adds one line here.
 */
export { TenantSignedUp } from './signup/tenant-signed-up.v1.js';
export { VerificationRequested } from './signup/verification-requested.v1.js';
export { EmailVerified } from './signup/email-verified.v1.js';
export { TenantCleared } from './signup/tenant-cleared.v1.js';
export { TenantExpired } from './signup/tenant-expired.v1.js';
export { SessionStarted } from './signup/session-started.v1.js';
export { ActivationCompleted } from './signup/activation-completed.v1.js';
export { PasswordResetRequested } from './signup/password-reset-requested.v1.js';
export { PasswordChanged } from './signup/password-changed.v1.js';
export { TenantSuspended } from './signup/tenant-suspended.v1.js';
export { ProvisioningDelayed } from './signup/provisioning-delayed.v1.js';
export { ProvisioningAbandoned } from './signup/provisioning-abandoned.v1.js';
export { ErasureRequested } from './signup/erasure-requested.v1.js';
export { CheckoutCompleted } from './billing-webhooks/checkout-completed.v1.js';
export { CheckoutExpired } from './billing-webhooks/checkout-expired.v1.js';
export { TrialEnding } from './billing-webhooks/trial-ending.v1.js';
export { InvoicePaid } from './billing-webhooks/invoice-paid.v1.js';
export { PaymentFailed } from './billing-webhooks/payment-failed.v1.js';
export { SubscriptionChanged } from './billing-webhooks/subscription-changed.v1.js';
export { SubscriptionCancelled } from './billing-webhooks/subscription-cancelled.v1.js';
export { ChargeRefunded } from './billing-webhooks/charge-refunded.v1.js';
export { TenantProvisioned } from './provisioner/tenant-provisioned.v1.js';
export { ProvisioningFailed } from './provisioner/provisioning-failed.v1.js';
export { TenantDeprovisioned } from './provisioner/tenant-deprovisioned.v1.js';
export { WorkspaceOpened } from './workspace/workspace-opened.v1.js';
export { ApiKeyIssued } from './workspace/api-key-issued.v1.js';
export { QuestionAnswered } from './workspace/question-answered.v1.js';
export { QuestionFailed } from './workspace/question-failed.v1.js';
export { DocumentIndexed } from './workspace/document-indexed.v1.js';
export { DocumentRejected } from './workspace/document-rejected.v1.js';
export { QuotaExceeded } from './workspace/quota-exceeded.v1.js';
export { EmailSent } from './notifier/email-sent.v1.js';
export { EmailFailed } from './notifier/email-failed.v1.js';
export { EmailDelivered } from './notifier/email-delivered.v1.js';
export { EmailOpened } from './notifier/email-opened.v1.js';
export { EmailClicked } from './notifier/email-clicked.v1.js';
export { EmailBounced } from './notifier/email-bounced.v1.js';
export { TicketOpened } from './notifier/ticket-opened.v1.js';
export { CustomerStuck } from './analytics/customer-stuck.v1.js';
export { InterventionResolved } from './analytics/intervention-resolved.v1.js';
