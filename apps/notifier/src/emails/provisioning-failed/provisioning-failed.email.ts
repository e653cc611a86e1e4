import { ProvisioningFailed } from '@latchkey/contracts';
import { defineEmail } from '../email.js';
import { heading, paragraph, steps } from '../letter.js';

/**
 * The promise of F1 kept in words: what happened, what it costs (nothing), what comes next. During a trial nothing was
 * charged, so it says that instead of promising a refund of money that never moved (FEATURES section 5, trap 8).
 */
export const ProvisioningFailedEmail = defineEmail({
  name: 'provisioning-failed',
  on: ProvisioningFailed,
  to: 'customer',
  critical: true,
  ifUnsure: 'wait',
  dedupeKey: ({ data }) => data.run_id,
  // An operator's retry may have succeeded while this mail was waiting for SendGrid.
  stillTrue: ({ addressee }) => addressee.status !== 'active',
  subject: ({ brand, addressee }) => `${addressee.company}: your ${brand.productName} setup did not finish`,
  title: () => 'Your setup did not finish',
  body: ({ brand, tenantId, addressee }) => [
    paragraph(
      `We could not set up the ${brand.productName} workspace of ${addressee.company}. The fault is on our side, not with anything you did. We tried several times and then removed everything that was half done.`,
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
      ['We write to you as soon as the setup can be repeated; you need not enter anything again.'],
      [`If you cannot wait, reply to this email and name ${tenantId}. A person answers.`],
    ),
  ],
  sample: {
    to: 'customer',
    email: 'ada@example.com',
    company: 'Test Corp',
    plan: 'starter',
    status: 'provisioning_failed',
    trial_ends_at: '2026-12-07T03:00:00.000Z',
  },
});
