import { TenantSuspended } from '@latchkey/contracts';
import { defineEmail } from '../email.js';
import { button, paragraph } from '../letter.js';
import { sampleCustomer } from '../sample-customer.js';

/** A door that closes without a word is a support ticket; this says why, what is kept, and how it opens again. */
export const AccountSuspendedEmail = defineEmail({
  name: 'account-suspended',
  on: TenantSuspended,
  to: 'customer',
  critical: true,
  ifUnsure: 'wait',
  // Each suspension, also the next one in a year.
  dedupeKey: ({ id }) => id,
  // Who has paid meanwhile is open again.
  stillTrue: ({ addressee }) => addressee.status === 'suspended',
  subject: ({ brand, addressee }) => `${addressee.company}: your ${brand.productName} account is paused`,
  title: () => 'Your account is paused',
  body: ({ brand, data, addressee }) =>
    data.reason === 'payment_failed'
      ? [
          paragraph(
            `The last payment for the ${brand.productName} account of ${addressee.company} did not go through, so questions and uploads are paused. Your documents are all still there.`,
          ),
          paragraph('As soon as a payment arrives, everything works again by itself.'),
          button('Update your card', `${brand.publicUrl}/login`),
          paragraph('Is something wrong with the invoice? Reply to this email and a person will look at it.'),
        ]
      : [
          paragraph(
            `We have paused the ${brand.productName} account of ${addressee.company}. Your documents are all still there.`,
          ),
          paragraph('Reply to this email: a person will tell you why, and what can be done.'),
        ],
  sample: { ...sampleCustomer, status: 'suspended' },
});
