import { plans, sampleQuestion, TenantProvisioned, trialDays } from '@latchkey/contracts';
import { dateText, defineEmail } from '../email.js';
import { button, facts, heading, link, list, paragraph, steps } from '../letter.js';
import { sampleCustomer } from '../sample-customer.js';

/**
 * The workspace is open (S4.3, in the form F5 arrived at). Carries no API key: a mailbox is no place for a secret, the
 * key is shown once in the workspace. Its agreement on data processing is S9's "automated email after signup".
 */
export const WelcomeEmail = defineEmail({
  name: 'welcome',
  on: TenantProvisioned,
  to: 'customer',
  critical: true,
  ifUnsure: 'wait',
  // One welcome in a tenant's life, whatever happens to its runs.
  dedupeKey: ({ tenantId }) => tenantId,
  // A tenant that was given up in the same moment gets the other mail.
  stillTrue: ({ addressee }) => addressee.status === 'active' || addressee.status === 'provisioning',
  subject: ({ brand, addressee }) => `Your ${brand.productName} account is ready, ${addressee.company}`,
  title: ({ brand }) => `Welcome to ${brand.productName}`,
  body: ({ brand, data, addressee: { company, trial_ends_at: trialEndsAt } }) => [
    paragraph(`Your ${brand.productName} account for ${company} is set up and ready.`),
    button('Log in to your account', `${brand.publicUrl}/login`),
    facts(
      ['Company', company],
      ['Plan', plans[data.plan].title],
      ...(trialEndsAt
        ? [['Trial', `${trialDays} days, until ${dateText(trialEndsAt)}`] satisfies [string, string]]
        : []),
    ),
    ...(trialEndsAt ? [paragraph('Nothing is charged until the trial ends, and you can cancel before that.')] : []),
    heading('Three steps to your first answer'),
    steps(
      ['Log in with the link above.'],
      [`Ask the sample documents: “${sampleQuestion.text}” They are loaded already.`],
      ['Upload a document of your own and ask about it.'],
    ),
    heading('Good to have'),
    list(
      [link('Quick start', `${brand.docsUrl}/quickstart`)],
      [link('API documentation', `${brand.docsUrl}/api`), ': your API key is in the workspace, under Settings.'],
      [link('Examples', `${brand.docsUrl}/examples`)],
      [
        link('Data processing agreement', brand.dpaUrl),
        ': in force since you accepted the terms; keep this for your records.',
      ],
    ),
    paragraph('Questions? Just reply to this email; a person reads it.'),
  ],
  sample: { ...sampleCustomer, trial_ends_at: '2026-12-07T03:00:00.000Z' },
});
