import { ProvisioningDelayed } from '@latchkey/contracts';
import { defineEmail } from '../email.js';
import { heading, paragraph, steps } from '../letter.js';
import { sampleCustomer } from '../sample-customer.js';

/** A word before anybody has to ask (FEATURES lesson 19): nothing is lost, what happens by itself and when, and the way out. */
export const ProvisioningDelayedEmail = defineEmail({
  name: 'provisioning-delayed',
  on: ProvisioningDelayed,
  to: 'customer',
  critical: false,
  ifUnsure: 'wait',
  dedupeKey: ({ tenantId, data }) => `${tenantId}:${data.generation}`,
  stillTrue: ({ addressee }) => addressee.status === 'provisioning',
  subject: ({ brand, addressee }) => `${addressee.company}: your ${brand.productName} setup takes longer`,
  title: () => 'Your setup takes longer than usual',
  body: ({ brand, tenantId, addressee, data }) => [
    paragraph(
      `Setting up the ${brand.productName} workspace of ${addressee.company} usually takes seconds, and yours is not ready yet. The fault is on our side or with one of our suppliers. Nothing is lost.`,
    ),
    heading('What happens next'),
    steps(
      ['We keep trying, and write to you as soon as your workspace is ready.'],
      [
        `If it is not ready by ${timeText(data.gives_up_at)}, the subscription is cancelled and anything charged goes back by itself.`,
      ],
      [`If you do not want to wait, reply to this email and name ${tenantId}. We then end it at once.`],
    ),
  ],
  sample: { ...sampleCustomer, status: 'provisioning', trial_ends_at: '2026-12-07T03:00:00.000Z' },
});

/** "05:00 UTC on November 23": the mail may be read anywhere. */
function timeText(instant: string): string {
  const day = new Intl.DateTimeFormat('en-US', { month: 'long', day: 'numeric', timeZone: 'UTC' });
  return `${instant.slice(11, 16)} UTC on ${day.format(new Date(instant))}`;
}
