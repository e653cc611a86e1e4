import { CustomerStuck, sampleQuestion, type EventData } from '@latchkey/contracts';
import { defineEmail } from '../email.js';
import { button, paragraph } from '../letter.js';
import { sampleCustomer } from '../sample-customer.js';

/** For a customer who stopped on the way (S9): names the very next step, and a person who helps with it. */
export const WalkthroughOfferEmail = defineEmail({
  name: 'walkthrough-offer',
  on: CustomerStuck,
  to: 'customer',
  critical: false,
  ifUnsure: 'wait',
  // Once per place where one can be stuck: a reminder helps, a series of them annoys.
  dedupeKey: ({ tenantId, data }) => `${tenantId}:${data.rule}`,
  stillTrue: ({ addressee }) => addressee.status === 'active',
  subject: ({ brand, addressee }) => `Shall we set up ${brand.productName} together, ${addressee.company}?`,
  title: () => 'Shall we do it together?',
  body: ({ brand, data, addressee }) => [
    paragraph(`The ${brand.productName} workspace of ${addressee.company} is ready. ${nextStep[data.rule]}`),
    button('Continue where you stopped', `${brand.publicUrl}/login`),
    paragraph(
      'Is something in the way? Reply to this email with a time that suits you, and one of us walks you through in 15 minutes.',
    ),
  ],
  sample: { ...sampleCustomer, trial_ends_at: '2026-12-07T03:00:00.000Z' },
});

const nextStep: Record<EventData<typeof CustomerStuck>['rule'], string> = {
  after_payment: 'What is left is to log in for the first time.',
  after_login: `A good first step is to ask the sample documents “${sampleQuestion.text}”; it takes a minute.`,
  in_wizard: 'What is left is a document of your own and a question about it; a few minutes, usually.',
};
