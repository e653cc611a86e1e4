import { plans, TrialEnding } from '@latchkey/contracts';
import { dateText, defineEmail } from '../email.js';
import { button, paragraph } from '../letter.js';
import { sampleCustomer } from '../sample-customer.js';

/** Three days' notice before the first charge. Stripe's event also comes for subscriptions that just ended: hence the check. */
export const TrialEndingEmail = defineEmail({
  name: 'trial-ending',
  on: TrialEnding,
  to: 'customer',
  critical: true,
  ifUnsure: 'wait',
  dedupeKey: ({ tenantId, data }) => `${tenantId}:${data.trial_ends_at}`,
  stillTrue: ({ addressee }) => addressee.status === 'active',
  subject: ({ brand, data }) => `Your ${brand.productName} trial ends on ${dateText(data.trial_ends_at)}`,
  title: () => 'Your trial ends soon',
  body: ({ brand, data, addressee }) => [
    paragraph(
      `The trial of ${addressee.company} ends on ${dateText(data.trial_ends_at)}. On that day the first month of the ${plans[addressee.plan].title} plan, ${priceText(plans[addressee.plan].priceCentsPerMonth)}, is charged to the card you gave.`,
    ),
    paragraph('If you want to stay, you need not do anything. If not, cancel before that day and you pay nothing.'),
    button('Manage your plan', `${brand.publicUrl}/login`),
    paragraph('Not sure whether it fits? Reply to this email and tell us what is missing.'),
  ],
  sample: { ...sampleCustomer, trial_ends_at: '2026-12-07T03:00:00.000Z' },
});

const priceText = (cents: number) =>
  new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' }).format(cents / 100);
