import type { DiagnosisAction } from '@latchkey/contracts';
import { deadLettersOf, type TenantFacts } from './facts.js';

/** What is safe to do in this state, each at its owner, who looks again and may refuse. */
export function safeActions(tenantId: string, facts: TenantFacts): DiagnosisAction[] {
  const actions: DiagnosisAction[] = [];
  const offer = (name: DiagnosisAction['name'], service: DiagnosisAction['service'], path: string, what: string) =>
    actions.push({ name, service, path, body: {}, what });
  const id = encodeURIComponent(tenantId);

  const { run } = facts.provisioner ?? {};
  const tenant = facts.signup?.tenant;
  const isOpen = run?.state === 'running' || run?.state === 'retrying' || run?.state === 'undoing';
  if (isOpen)
    offer(
      'resume',
      'provisioner',
      `/api/provisioner/tenants/${id}/resume`,
      'Work on the run now instead of at its next attempt.',
    );
  if (run?.state === 'failed' && tenant?.status === 'provisioning_failed' && !tenant.compensated_at)
    offer('retry', 'provisioner', `/api/provisioner/tenants/${id}/retry`, 'Provision again, from the failed step on.');
  if (run?.state === 'running' || run?.state === 'retrying')
    offer(
      'compensate',
      'provisioner',
      `/api/provisioner/tenants/${id}/compensate`,
      'Give up: take everything back and return the money.',
    );
  if (facts.notifier?.welcome?.state === 'failed')
    offer(
      'resend-welcome',
      'notifier',
      `/api/notifier/tenants/${id}/resend-welcome`,
      'Send the welcome mail that failed again.',
    );
  const checkout = facts['billing-webhooks']?.checkout?.state;
  if (checkout === 'open' || checkout === 'opening' || checkout === 'wanted')
    offer(
      'reconcile-payment',
      'billing-webhooks',
      `/api/billing/tenants/${id}/reconcile`,
      'Ask Stripe now what became of the payment page.',
    );
  for (const { owner, count } of deadLettersOf(facts))
    actions.push({
      name: 'redrive-dead-letters',
      service: owner,
      path: '/api/operator/dead-letters/redrive',
      body: { tenant_id: tenantId },
      what: `Handle the ${count} dead letters of this tenant in ${owner} again.`,
    });
  return actions;
}
