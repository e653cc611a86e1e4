import type { Evidence } from './evidence.js';
import type { Ledger } from './ledger.js';
import type { Journey } from './stranger.js';

/** Every effect a tenant's story leaves behind, with who is the witness. */
export const effects = {
  customer: 'Stripe customer (ledger)',
  subscription: 'Stripe subscription (ledger)',
  cancellation: 'Stripe cancellation (ledger)',
  running_subscription: 'running subscription (billing)',
  namespace: 'living Pinecone namespace (ledger)',
  workspace_opening: 'opened workspace (journal)',
  first_key: 'first API key (the stranger)',
  quota_period: 'quota period (the stranger)',
  welcome_mail: 'welcome mail (ledger)',
  failure_mail: 'provisioning-failed mail (ledger)',
  activation_mail: 'activation mail (ledger)',
  counted_activation: 'activation counted (analytics)',
} as const;
export type Effect = keyof typeof effects;

export interface Finding {
  tenant_id: string;
  outcome: Journey['outcome'];
  effect: Effect;
  verdict: 'missing' | 'doubled';
  expected: number;
  found: number;
}

/** How often each effect belongs to a story with this end. Of a lost one nothing is required, but nothing may be twice. */
const expected: Record<Exclude<Journey['outcome'], 'lost'>, Partial<Record<Effect, number>>> = {
  activated: {
    customer: 1,
    subscription: 1,
    cancellation: 0,
    running_subscription: 1,
    namespace: 1,
    workspace_opening: 1,
    first_key: 1,
    quota_period: 1,
    welcome_mail: 1,
    failure_mail: 0,
    activation_mail: 1,
    counted_activation: 1,
  },
  compensated: {
    customer: 1,
    subscription: 1,
    cancellation: 1,
    running_subscription: 0,
    namespace: 0,
    welcome_mail: 0,
    failure_mail: 1,
    activation_mail: 0,
    counted_activation: 0,
  },
};
const atMost: Partial<Record<Effect, number>> = {
  customer: 1,
  subscription: 1,
  cancellation: 1,
  running_subscription: 1,
  namespace: 1,
  welcome_mail: 1,
  failure_mail: 1,
  activation_mail: 1,
};

type Audited = Pick<Journey, 'outcome' | 'seen'> & { tenantId: string };

/** Holds one tenant's effects against what its outcome asks for: less is missing, more is doubled. */
export function judge(journey: Audited, evidence: Evidence, ledger: Ledger): Finding[] {
  const found = count(journey, evidence, ledger);
  const { tenantId, outcome } = journey;
  const bounds = outcome === 'lost' ? atMost : expected[outcome];
  return (Object.entries(bounds) as [Effect, number][]).flatMap(([effect, wanted]): Finding[] => {
    const finding = { tenant_id: tenantId, outcome, effect, expected: wanted, found: found[effect] };
    if (found[effect] > wanted) return [{ ...finding, verdict: 'doubled' }];
    if (found[effect] < wanted && outcome !== 'lost') return [{ ...finding, verdict: 'missing' }];
    return [];
  });
}

function count({ tenantId, seen }: Audited, evidence: Evidence, ledger: Ledger): Record<Effect, number> {
  const living = evidence.namespaces.map(
    (name) => ledger.count('namespace.created', name) - ledger.count('namespace.deleted', name),
  );
  return {
    customer: ledger.count('customer.created', tenantId),
    subscription: ledger.count('subscription.created', tenantId),
    cancellation: ledger.count('subscription.canceled', tenantId),
    running_subscription: evidence.runningSubscriptions,
    namespace: living.reduce((sum, count) => sum + count, 0),
    workspace_opening: evidence.openings,
    first_key: seen?.firstKeys ?? 0,
    quota_period: seen?.quotaPeriods ?? 0,
    welcome_mail: ledger.mails('welcome', tenantId),
    failure_mail: ledger.mails('provisioning-failed', tenantId),
    activation_mail: ledger.mails('activation-complete', tenantId),
    counted_activation: evidence.activationsCounted,
  };
}

/** A workspace belongs to one tenant: whoever shares one has somebody else's as a second. */
export function sharedNamespaces(evidence: ReadonlyMap<string, Evidence>): string[] {
  const owners = new Map<string, string[]>();
  for (const [tenantId, { namespaces }] of evidence)
    for (const name of namespaces) owners.set(name, [...(owners.get(name) ?? []), tenantId]);
  return [...owners.values()].filter((tenants) => tenants.length > 1).flat();
}
