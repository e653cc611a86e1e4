import type { LintedEmail } from '../src/deliverability/lint-email.js';

/** The mail that S8 F5 shows as the failure: every sentence as it stands there. */
export const f5BadMail: LintedEmail = {
  from: { email: 'noreply@yourcompany.com' },
  subject: 'Welcome to YourProduct!!!',
  html: `
        <h1>CONGRATULATIONS!!!</h1>

        <p>Click here NOW to claim your FREE account:</p>

        <a href="http://yourcompany.com/login">LOGIN NOW</a>

        <p>Limited time offer! Act fast!</p>
        `,
  text: '',
  audience: 'customer',
  company: 'Test Corp',
  names: ['YourProduct', 'Test Corp'],
  allowLoopbackLinks: false,
};
