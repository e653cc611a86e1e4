import { SubscriptionCancelled } from '@latchkey/contracts';
import { defineEmail } from '../email.js';
import { button, paragraph } from '../letter.js';
import { sampleCustomer } from '../sample-customer.js';

/** The end of a subscription in writing: that nothing more is charged, and what becomes of what is there. */
export const SubscriptionEndedEmail = defineEmail({
  name: 'subscription-ended',
  on: SubscriptionCancelled,
  to: 'customer',
  critical: true,
  ifUnsure: 'wait',
  // A failed setup has a mail of its own, a duplicate's end changes nothing for the customer, and who is erased is not written to.
  when: ({ reason }) => reason === 'customer' || reason === 'payment_failed',
  dedupeKey: ({ id }) => id,
  subject: ({ brand }) => `Your ${brand.productName} subscription has ended`,
  title: () => 'Your subscription has ended',
  body: ({ brand, data, addressee }) => [
    paragraph(
      data.reason === 'customer'
        ? `As you wished, the ${brand.productName} subscription of ${addressee.company} has ended. Nothing more is charged.`
        : `The ${brand.productName} subscription of ${addressee.company} has ended, because no payment came through. Nothing more is charged.`,
    ),
    ...(data.refunded_cents > 0 ? [paragraph('What you had paid ahead goes back to your card.')] : []),
    paragraph(
      'Your documents stay for a while and are then deleted. Until then you can log in and take your data along.',
    ),
    button('Take your data along', `${brand.publicUrl}/login`),
    paragraph('Was something missing, or do you want to come back? Reply to this email; a person reads it.'),
  ],
  sample: { ...sampleCustomer, status: 'cancelled' },
});
