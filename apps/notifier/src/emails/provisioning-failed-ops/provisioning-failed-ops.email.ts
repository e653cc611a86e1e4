import { ProvisioningFailed } from '@latchkey/contracts';
import { defineEmail } from '../email.js';
import { facts, paragraph } from '../letter.js';

/** F1's "alert ops team": which tenant, which step, which cause; never who the customer is. */
export const ProvisioningFailedOpsEmail = defineEmail({
  name: 'provisioning-failed-ops',
  on: ProvisioningFailed,
  to: 'ops',
  critical: true,
  ifUnsure: 'wait',
  dedupeKey: ({ data }) => data.run_id,
  subject: ({ tenantId, data }) => `Provisioning failed for ${tenantId} at ${data.step}`,
  title: () => 'Provisioning failed for good',
  body: ({ tenantId, data }) => [
    paragraph('It is not tried again, and every finished step is undone. Billing compensates the customer.'),
    facts(
      ['Tenant', tenantId],
      ['Run', data.run_id],
      ['Step', data.step],
      ['Cause', data.reason],
      ['Attempts', String(data.attempts)],
    ),
    paragraph('A ticket is open. Mend the cause; while the money is not on its way back, the run can be retried.'),
  ],
  sample: { to: 'ops', email: 'ops@example.com' },
});
