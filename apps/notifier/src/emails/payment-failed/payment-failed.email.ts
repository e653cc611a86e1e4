import { PaymentFailed } from '@latchkey/contracts';
import { dateText, defineEmail } from '../email.js';
import { button, paragraph } from '../letter.js';
import { sampleCustomer } from '../sample-customer.js';

/** The card was declined; telling nobody is how customers are lost without a word (FEATURES lesson 22). */
export const PaymentFailedEmail = defineEmail({
  name: 'payment-failed',
  on: PaymentFailed,
  to: 'customer',
  critical: true,
  ifUnsure: 'wait',
  // One per attempt of Stripe's, so that the last warning is not swallowed by the first.
  dedupeKey: ({ data }) => `${data.invoice_ref}:${data.attempt}`,
  stillTrue: ({ addressee }) => addressee.status === 'active' || addressee.status === 'suspended',
  subject: ({ brand }) => `We could not charge your card for ${brand.productName}`,
  title: () => 'A payment did not go through',
  body: ({ brand, data, addressee }) => [
    paragraph(`Your bank declined the payment for the ${brand.productName} account of ${addressee.company}.`),
    data.next_attempt_at
      ? paragraph(
          `We try again on ${dateText(data.next_attempt_at)}. Until then everything keeps working. If the card has changed, please update it before that day.`,
        )
      : paragraph('This was the last automatic attempt. Please update the card to keep the account open.'),
    button('Update your card', `${brand.publicUrl}/login`),
    paragraph('Is something wrong with the invoice? Reply to this email and a person will look at it.'),
  ],
  sample: sampleCustomer,
});
