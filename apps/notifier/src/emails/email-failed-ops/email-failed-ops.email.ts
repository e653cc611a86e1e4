import { EmailFailed } from '@latchkey/contracts';
import { defineEmail } from '../email.js';
import { facts, paragraph } from '../letter.js';

/**
 * F5: a mail that cannot be sent alerts ops and stops nothing. When this very mail fails there is no third one: the
 * alert's row and metric remain.
 */
export const EmailFailedOpsEmail = defineEmail({
  name: 'email-failed-ops',
  on: EmailFailed,
  to: 'ops',
  critical: false,
  ifUnsure: 'wait',
  dedupeKey: ({ data }) => data.message_id,
  subject: ({ tenantId, data }) => `A ${data.template} mail failed for ${tenantId}`,
  title: () => 'A mail could not be sent',
  body: ({ tenantId, data }) => [
    paragraph('SendGrid did not take this mail, and no further try is planned. Nothing else was stopped by it.'),
    facts(['Tenant', tenantId], ['Message', data.message_id], ['Mail', data.template], ['Cause', data.reason]),
    paragraph('After the cause is mended, send it again with POST /api/notifier/messages/:id/resend.'),
  ],
  sample: { to: 'ops', email: 'ops@example.com' },
});
