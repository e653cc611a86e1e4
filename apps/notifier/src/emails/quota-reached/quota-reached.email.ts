import { QuotaExceeded, type EventData } from '@latchkey/contracts';
import { defineEmail } from '../email.js';
import { button, paragraph } from '../letter.js';
import { sampleCustomer } from '../sample-customer.js';

/** The first refusal by a limit of the plan in a period: who is told can change the plan instead of writing to support (S5). */
export const QuotaReachedEmail = defineEmail({
  name: 'quota-reached',
  on: QuotaExceeded,
  to: 'customer',
  critical: false,
  ifUnsure: 'wait',
  freshHours: 24,
  // Workspace tells it once in each period.
  dedupeKey: ({ id }) => id,
  stillTrue: ({ addressee }) => addressee.status === 'active',
  subject: ({ brand, data }) => `Your ${brand.productName} plan’s ${what[data.quota].limit} is reached`,
  title: () => 'A limit of your plan is reached',
  body: ({ brand, data, addressee }) => [
    paragraph(
      `${addressee.company} has used all ${data.limit.toLocaleString('en-US')} ${what[data.quota].things} of its ${brand.productName} plan. ${what[data.quota].untilThen}`,
    ),
    paragraph('A larger plan counts from the moment you choose it.'),
    button('Look at the plans', `${brand.publicUrl}/login`),
    paragraph('Not sure which one fits? Reply to this email and tell us what you need.'),
  ],
  sample: sampleCustomer,
});

const what: Record<EventData<typeof QuotaExceeded>['quota'], { limit: string; things: string; untilThen: string }> = {
  queries: {
    limit: 'number of questions',
    things: 'questions',
    untilThen: 'New ones are refused until the next period of 30 days begins.',
  },
  documents: {
    limit: 'number of documents',
    things: 'documents',
    untilThen: 'New ones are refused until some are deleted; questions work as before.',
  },
  api_keys: {
    limit: 'number of API keys',
    things: 'API keys',
    untilThen: 'New ones are refused until one is revoked; all others work as before.',
  },
};
