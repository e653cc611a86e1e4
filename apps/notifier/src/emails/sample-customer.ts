import type { Addressee } from './email.js';

/** The typical customer that mails are shown with; a mail says what is different of its own. */
export const sampleCustomer: Extract<Addressee, { to: 'customer' }> = {
  to: 'customer',
  email: 'ada@example.com',
  company: 'Test Corp',
  plan: 'starter',
  status: 'active',
  trial_ends_at: null,
};
