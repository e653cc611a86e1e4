import { ActivationCompleted } from '@latchkey/contracts';
import { defineEmail } from '../email.js';
import { button, link, list, paragraph } from '../letter.js';
import { sampleCustomer } from '../sample-customer.js';

/** The first answer from a document of their own (S4.4): says what is worth doing next, while it is fresh. */
export const ActivationCompleteEmail = defineEmail({
  name: 'activation-complete',
  on: ActivationCompleted,
  to: 'customer',
  critical: false,
  ifUnsure: 'wait',
  dedupeKey: ({ tenantId }) => tenantId,
  stillTrue: ({ addressee }) => addressee.status === 'active',
  subject: ({ brand, addressee }) => `${addressee.company}: ${brand.productName} answers from your documents`,
  title: () => 'Your first own answer',
  body: ({ brand, data, addressee }) => [
    paragraph(
      `${addressee.company} got its first answer from a document of its own, ${durationText(data.seconds_to_activate)} after signing up. The setup is complete.`,
    ),
    paragraph('What other teams do next:'),
    list(
      ['Upload the documents that people ask you about most.'],
      ['Call the same answers from your own code: ', link('API documentation', `${brand.docsUrl}/api`), '.'],
    ),
    button('Open your workspace', `${brand.publicUrl}/login`),
    paragraph('What was harder than it should be? Reply to this email; we read every answer.'),
  ],
  sample: { ...sampleCustomer, trial_ends_at: '2026-12-07T03:00:00.000Z' },
});

function durationText(seconds: number): string {
  const units = [
    { name: 'day', seconds: 86_400 },
    { name: 'hour', seconds: 3_600 },
    { name: 'minute', seconds: 60 },
  ];
  const unit = units.find((candidate) => seconds >= candidate.seconds);
  if (!unit) return 'less than a minute';
  const count = Math.round(seconds / unit.seconds);
  return `${count} ${unit.name}${count === 1 ? '' : 's'}`;
}
