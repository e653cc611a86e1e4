import { TenantSignedUp, VerificationRequested } from '@latchkey/contracts';
import { defineEmail, timeText } from '../email.js';
import { code, paragraph } from '../letter.js';

/** Proves that the address belongs to whoever signed up (S9). Digits to type, because mail scanners burn links (lesson 17). */
export const VerificationCodeEmail = defineEmail({
  name: 'verification-code',
  on: [TenantSignedUp, VerificationRequested],
  to: 'unverified',
  critical: true,
  // The second copy would carry the very same code, and somebody is looking at an empty field.
  ifUnsure: 'repeat',
  dedupeKey: ({ data }) => data.verification_id,
  subject: ({ brand, addressee }) => `${addressee.code} is your ${brand.productName} code`,
  title: ({ brand }) => `Your ${brand.productName} code`,
  body: ({ brand, addressee }) => [
    paragraph(`Type this code on the ${brand.productName} page to confirm your email address:`),
    code(addressee.code),
    paragraph(`It works until ${timeText(addressee.expires_at)}. If you did not sign up, you need not do anything.`),
    paragraph('Questions? Just reply to this email; a person reads it.'),
  ],
  sample: { to: 'unverified', email: 'ada@example.com', code: '482913', expires_at: '2026-11-23T03:15:00.000Z' },
});
