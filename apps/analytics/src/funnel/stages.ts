import {
  ActivationCompleted,
  CheckoutCompleted,
  DocumentIndexed,
  EmailVerified,
  QuestionAnswered,
  QuestionFailed,
  SessionStarted,
  TenantProvisioned,
  TenantSignedUp,
} from '@latchkey/contracts';
import { milestone } from '../progress/milestone.js';

/**
 * The way from stranger to activated customer, in order: each stage is an event, when it counts, and what the dashboard
 * says about it. A new stage is a new line here (and one rebuild, to count the past). Only facts of the services count, and
 * an attempt is not a success (F4). Names are S4.5's and F4's.
 */
export const stages = [
  {
    ...milestone('total_signups', TenantSignedUp, { facts: ({ plan }) => ({ plan }) }),
    text: 'Created an account and accepted the terms.',
  },
  { ...milestone('verified_email', EmailVerified), text: 'Typed the code from the mail.' },
  {
    ...milestone('completed_payment', CheckoutCompleted),
    text: 'Finished the checkout: paid, or gave a card for the trial. Counts also when provisioning failed later.',
  },
  { ...milestone('provisioned', TenantProvisioned), text: 'Has an open workspace whose samples are searchable.' },
  { ...milestone('logged_in', SessionStarted), text: 'Logged in with a password at least once.' },
  {
    ...milestone('attempted_first_query', [QuestionAnswered, QuestionFailed]),
    text: 'Asked a question, whatever came of it.',
  },
  {
    ...milestone('succeeded_first_query', QuestionAnswered, { when: ({ grounded }) => grounded }),
    text: 'Got an answer that cites its source. Errors and "not in your documents" do not count.',
  },
  {
    ...milestone('ran_sample_query', QuestionAnswered, {
      when: ({ grounded, channel }) => grounded && channel === 'wizard',
    }),
    text: 'Got such an answer in the setup wizard, which nobody has to use.',
    optional: true,
  },
  {
    ...milestone('uploaded_document', DocumentIndexed),
    text: 'Has a document of their own that is searchable. Rejected uploads do not count.',
  },
  {
    ...milestone('completed_activation', ActivationCompleted),
    text: 'Got an answer that cites a document of their own.',
  },
] as const;
