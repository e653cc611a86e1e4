import { PasswordChanged } from '@latchkey/contracts';
import { defineEmail } from '../email.js';
import { button, paragraph } from '../letter.js';
import { sampleCustomer } from '../sample-customer.js';

/** Tells the owner, in case it was somebody else who read the mailbox (ASVS 6.3.7). */
export const PasswordChangedEmail = defineEmail({
  name: 'password-changed',
  on: PasswordChanged,
  to: 'customer',
  critical: false,
  ifUnsure: 'wait',
  dedupeKey: ({ data }) => data.reset_id,
  subject: ({ brand }) => `Your ${brand.productName} password was changed`,
  title: () => 'Your password was changed',
  body: ({ brand }) => [
    paragraph(`Your ${brand.productName} account has a new password, and everybody who was logged in is logged out.`),
    button('Log in', `${brand.publicUrl}/login`),
    paragraph('If it was not you, reply to this email at once; a person reads it.'),
  ],
  sample: { ...sampleCustomer, trial_ends_at: '2026-12-07T03:00:00.000Z' },
});
