import { PasswordResetRequested } from '@latchkey/contracts';
import { defineEmail, timeText } from '../email.js';
import { button, paragraph } from '../letter.js';

/**
 * The way back in. The token stands behind the `#`, which browsers send to nobody: it is in no log and no referrer.
 * Opening the link changes nothing, so a mail scanner may (lesson 17).
 */
export const PasswordResetEmail = defineEmail({
  name: 'password-reset',
  on: PasswordResetRequested,
  to: 'resetting',
  critical: true,
  // The second copy would carry the very same link, and somebody is waiting for it.
  ifUnsure: 'repeat',
  dedupeKey: ({ data }) => data.reset_id,
  subject: ({ brand }) => `Choose a new ${brand.productName} password`,
  title: () => 'Choose a new password',
  body: ({ brand, addressee }) => [
    paragraph(`Somebody, most likely you, asked for a new password for your ${brand.productName} account.`),
    button('Choose a new password', `${brand.publicUrl}/reset-password#${addressee.token}`),
    paragraph(
      `The link works once, until ${timeText(addressee.expires_at)}. If it was not you, you need not do anything: your password stays as it is.`,
    ),
    paragraph('Questions? Just reply to this email; a person reads it.'),
  ],
  sample: {
    to: 'resetting',
    email: 'ada@example.com',
    token: 'prs_1.c2FtcGxl',
    expires_at: '2026-11-23T03:30:00.000Z',
  },
});
