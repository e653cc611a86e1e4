/** Every mail there is. Subscriptions, gallery and deliverability check are made from this list: adding a mail adds one line. */
export { VerificationCodeEmail } from './verification-code/verification-code.email.js';
export { PasswordResetEmail } from './password-reset/password-reset.email.js';
export { PasswordChangedEmail } from './password-changed/password-changed.email.js';
export { WelcomeEmail } from './welcome/welcome.email.js';
export { ActivationCompleteEmail } from './activation-complete/activation-complete.email.js';
export { WalkthroughOfferEmail } from './walkthrough-offer/walkthrough-offer.email.js';
export { ProvisioningFailedEmail } from './provisioning-failed/provisioning-failed.email.js';
export { ProvisioningDelayedEmail } from './provisioning-delayed/provisioning-delayed.email.js';
export { ProvisioningFailedOpsEmail } from './provisioning-failed-ops/provisioning-failed-ops.email.js';
export { EmailFailedOpsEmail } from './email-failed-ops/email-failed-ops.email.js';
export { TrialEndingEmail } from './trial-ending/trial-ending.email.js';
export { PaymentFailedEmail } from './payment-failed/payment-failed.email.js';
export { AccountSuspendedEmail } from './account-suspended/account-suspended.email.js';
export { SubscriptionEndedEmail } from './subscription-ended/subscription-ended.email.js';
export { QuotaReachedEmail } from './quota-reached/quota-reached.email.js';
