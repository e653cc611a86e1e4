import type { Evidence } from '../evidence.js';
import { StripeLedger } from '../stripe-ledger.js';
import { joined, type Invariant, verdictOver } from './invariant.js';

const inHand = new Set(['active', 'suspended']);
/** The provisioner's own failure, and a decision against the tenant by an operator or a deadline. */
const alarms = new Set(['provisioning_failed', 'provisioning_abandoned']);

export const everyPaidCheckoutIsDecided: Invariant = {
  id: 'I-1',
  sentence: 'Every paid checkout ends in exactly one of active, or refunded with somebody alerted',
  check: (evidence) => {
    const ledger = new StripeLedger(evidence.effects);
    return verdictOver(
      ledger.payers,
      (tenantId) => decided(evidence, ledger, tenantId),
      (tenantId) => tenantId,
    );
  },
};

function decided(evidence: Evidence, ledger: StripeLedger, tenantId: string): string | undefined {
  const tenant = evidence.tenants.get(tenantId);
  if (!tenant) return 'paid at Stripe, and signup does not know the tenant';
  const running = ledger.running(tenantId);
  if (inHand.has(tenant.status))
    return running === 1 ? undefined : `${tenant.status} with ${running} running subscriptions`;
  if (tenant.status === 'erased' || tenant.status === 'cancelled')
    return running === 0 ? undefined : `${tenant.status}, and ${running} subscriptions still run`;
  if (tenant.status === 'provisioning_failed') {
    if (!tenant.compensated_at) return 'provisioning failed and was not compensated';
    if (running > 0) return `compensated, and ${running} subscriptions still run`;
    const alerted = evidence.tickets.some(({ tenant_id: id, kind }) => id === tenantId && alarms.has(kind));
    return alerted ? undefined : 'compensated, and nobody was alerted';
  }
  // Paid, and waiting for the code that only the person can type in: cleared by whichever comes second.
  if (tenant.status === 'pending_payment' && tenant.paid_at && !tenant.email_verified_at) return undefined;
  return `paid at Stripe, and the tenant is ${tenant.status}${tenant.paid_at ? '' : ' and counts as unpaid'}`;
}

export const neverActiveAndRefunded: Invariant = {
  id: 'I-2',
  sentence: 'Never both active and refunded; a refund is its charge, whole and once',
  check: ({ effects, tenants }) => {
    const ledger = new StripeLedger(effects);
    return joined(
      verdictOver(
        ledger.payers,
        (tenantId) => {
          const tenant = tenants.get(tenantId);
          const refunds = ledger.refunds(tenantId).length;
          if (tenant && inHand.has(tenant.status) && refunds > 0) return `${tenant.status} with ${refunds} refunds`;
          const charges = ledger.charges(tenantId).length;
          if (tenant?.compensated_at && charges > refunds)
            return `compensated, ${refunds} of ${charges} charges refunded`;
          return undefined;
        },
        (tenantId) => tenantId,
      ),
      verdictOver(
        ledger.allRefunds,
        ({ charge, cents, tenantId }) => {
          const charged = ledger.charges(tenantId).find(({ id }) => id === charge);
          const same = ledger.allRefunds.filter((other) => other.charge === charge).length;
          if (same > 1) return `charge ${charge} was refunded ${same} times`;
          return charged && charged.cents !== cents ? `${cents} cents refunded of ${charged.cents}` : undefined;
        },
        ({ tenantId }) => tenantId,
      ),
    );
  },
};

export const oneSubscriptionPerSignup: Invariant = {
  id: 'I-3',
  sentence: 'One tenant, one customer and one subscription per signup, whatever was clicked or sent twice',
  check: ({ told, tenants, effects }) => {
    const ledger = new StripeLedger(effects);
    return joined(
      verdictOver(
        told.filter(({ tenantIds }) => tenantIds.length > 0),
        ({ tenantIds }) => (tenantIds.length > 1 ? `one address was given ${tenantIds.length} tenants` : undefined),
        ({ tenantIds }) => tenantIds[0]!,
      ),
      verdictOver(
        tenants.keys(),
        (tenantId) => {
          const subscriptions = ledger.created(tenantId);
          const customers = ledger.customers(tenantId);
          if (subscriptions > 1) return `${subscriptions} subscriptions were created`;
          return customers > 1 ? `${customers} Stripe customers were created` : undefined;
        },
        (tenantId) => tenantId,
      ),
    );
  },
};

export const nothingBeforePayment: Invariant = {
  id: 'I-4',
  sentence: 'No provisioning step before the payment is confirmed',
  check: ({ effects, runs }) => {
    const ledger = new StripeLedger(effects);
    const created = effects.filter(
      ({ kind, key }) => kind === 'namespace.created' && runs.some((run) => run.tenant_id === key),
    );
    return joined(
      verdictOver(
        runs,
        (run) => (ledger.paidAt(run.tenant_id) === undefined ? 'provisioned without a paid checkout' : undefined),
        (run) => run.tenant_id,
      ),
      verdictOver(
        created,
        ({ key, seq }) => {
          const paid = ledger.paidAt(key);
          return paid !== undefined && paid < seq ? undefined : 'a namespace of its own was created before the payment';
        },
        ({ key }) => key,
      ),
    );
  },
};
