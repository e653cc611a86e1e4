import { ProvisioningAbandoned, ProvisioningFailed } from '@latchkey/contracts';
import { defineEmail, unprovedCompany } from '../email.js';
import { heading, paragraph, steps } from '../letter.js';
import { sampleCustomer } from '../sample-customer.js';

/**
 * The promise of F1 kept in words: what happened, what it costs (nothing), what comes next. During a trial nothing was
 * charged, so it says that instead of promising a refund of money that never moved (FEATURES section 5, trap 8).
 */
export const ProvisioningFailedEmail = defineEmail({
  name: 'provisioning-failed',
  on: [ProvisioningFailed, ProvisioningAbandoned],
  to: 'customer',
  critical: true,
  ifUnsure: 'wait',
  // Provisioner and signup may both say it of the same clearance, when one of them was away.
  dedupeKey: ({ tenantId, data }) =>
    data.generation === undefined && 'run_id' in data ? data.run_id : `${tenantId}:${data.generation ?? 1}`,
  // Not to whoever became active by an operator's retry meanwhile, nor to whoever cancelled or was erased. That money is
  // still on its way is the operators' business.
  stillTrue: ({ addressee, data }) =>
    (addressee.status === 'provisioning' || addressee.status === 'provisioning_failed') &&
    !('because' in data && data.because === 'not_compensated'),
  // Who paid and never typed the code is told as well, at an address that may be anybody's.
  subject: ({ brand, addressee: { company } }) =>
    `${company === unprovedCompany ? 'Your' : `${company}: your`} ${brand.productName} setup did not finish`,
  title: () => 'Your setup did not finish',
  body: ({ brand, tenantId, addressee, data }) => [
    'because' in data && data.because === 'not_verified'
      ? paragraph(
          `We could not set up the ${brand.productName} workspace of ${addressee.company}, because the code that confirms this address was never entered.`,
        )
      : paragraph(
          `We could not set up the ${brand.productName} workspace of ${addressee.company}. The fault is on our side, not with anything you did. We tried several times; whatever is half done is removed.`,
        ),
    heading('What you pay'),
    addressee.trial_ends_at
      ? paragraph('Nothing. You were in the trial, so nothing was charged, and the subscription is being cancelled.')
      : paragraph(
          'Nothing. The subscription is being cancelled, and whatever was charged goes back to your card in full; banks take 5 to 10 days to show it.',
        ),
    heading('What happens next'),
    steps(
      ['Our team has a ticket for this and is looking into the cause.'],
      ['As soon as the subscription is cancelled you can sign up again with the same address.'],
      [`If you cannot wait, reply to this email and name ${tenantId}. A person answers.`],
    ),
  ],
  sample: { ...sampleCustomer, status: 'provisioning_failed', trial_ends_at: '2026-12-07T03:00:00.000Z' },
});
