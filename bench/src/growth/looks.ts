import type { System } from '@latchkey/chaos/parts';
import { owners, type Owner } from '@latchkey/contracts';

/** What an operator or Prometheus asks of the whole. */
export interface Look {
  what: string;
  /** The slowest of three: some answers are kept for seconds. */
  ms: number;
}

const times = 3;

/** Signup's own port is the customers'. */
export const metricsUrl = (system: System, owner: Owner) =>
  `${system.url(owner === 'signup' ? 'signupMetrics' : owner)}/metrics`;

/** Operators' pages and every service's metrics, with one existing tenant for those that are about one. */
export async function timeLooks(system: System, tenantId: string): Promise<Look[]> {
  const analytics = `${system.url('analytics')}/api/analytics`;
  const notifier = `${system.url('notifier')}/api/notifier`;
  const provisioner = `${system.url('provisioner')}/api/provisioner`;
  const asked: [what: string, url: string][] = [
    ...owners.map((owner): [string, string] => [`metrics of ${owner}`, metricsUrl(system, owner)]),
    ['activation funnel, 30 days', `${analytics}/activation-funnel?days=30`],
    ['tenants of a funnel stage', `${analytics}/activation-funnel/uploaded_document/tenants?dropped=true`],
    ['stuck customers', `${analytics}/stuck-customers`],
    ['timeline of a tenant', `${analytics}/tenants/${tenantId}/timeline`],
    ['doctor of a tenant', `${analytics}/tenants/${tenantId}/diagnosis`],
    ['alerts', `${notifier}/alerts`],
    ['open tickets', `${notifier}/tickets?open=true`],
    ['mails of everybody', `${notifier}/messages`],
    ['mails of a tenant', `${notifier}/messages?tenant_id=${tenantId}`],
    ['provisioning runs', `${provisioner}/runs`],
    ['dead Stripe events', `${system.url('billing-webhooks')}/api/billing/stripe-events/dead`],
  ];
  const looks: Look[] = [];
  for (const [what, url] of asked) looks.push({ what, ms: await slowest(url, system.operatorToken) });
  return looks;
}

async function slowest(url: string, token: string): Promise<number> {
  let most = 0;
  for (let time = 0; time < times; time++) {
    const beganMs = performance.now();
    const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
    const text = await response.text();
    if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text.slice(0, 200)}`);
    most = Math.max(most, performance.now() - beganMs);
  }
  return most;
}
