import {
  CustomerStuck,
  plans,
  ProvisioningAbandoned,
  ProvisioningDelayed,
  ProvisioningFailed,
  TenantProvisioned,
  type EventContract,
  type EventData,
} from '@latchkey/contracts';
import type { Severity } from './alert.entity.js';

interface RuleSpec<Event extends EventContract> {
  on: Event;
  kind: string;
  severity: Severity;
  /** Left out: always. */
  when?: (data: EventData<Event>) => boolean;
  /** What a person must know. Ids and causes; whoever works on it looks the customer up. */
  text: (data: EventData<Event>) => string;
  /** Of ids; the same trouble is one ticket. */
  dedupeKey: (tenantId: string, data: EventData<Event>) => string;
}

export interface TicketRule {
  on: EventContract;
  kind: string;
  severity: Severity;
  /** Undefined when this fact needs nobody. */
  ticketFor: (tenantId: string, data: unknown) => { text: string; dedupeKey: string } | undefined;
}

function ticketOn<Event extends EventContract>(spec: RuleSpec<Event>): TicketRule {
  const { on, kind, severity, when, text, dedupeKey } = spec;
  return {
    on,
    kind,
    severity,
    ticketFor: (tenantId, raw) => {
      const data = on.data.parse(raw) as EventData<Event>;
      if (when?.(data) === false) return undefined;
      return { text: text(data), dedupeKey: dedupeKey(tenantId, data) };
    },
  };
}

/** S9: a plan above 500 dollars a month deserves a person. */
const highValueFromCents = 50_000;

/** When a person must look after a customer (S9, "human intervention triggers"). One entry each. */
export const ticketRules: readonly TicketRule[] = [
  ticketOn({
    on: ProvisioningFailed,
    kind: 'provisioning_failed',
    severity: 'urgent',
    // Whoever decided against the tenant has told of it already.
    when: ({ abandoned_because }) => abandoned_because === undefined,
    text: ({ run_id, step, reason, attempts }) =>
      `Run ${run_id} failed for good at ${step} (${reason}) after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}. Mend the cause; retry it while the money is not on its way back, else lead the customer to a new checkout.`,
    dedupeKey: (_tenantId, { run_id }) => run_id,
  }),
  ticketOn({
    on: ProvisioningDelayed,
    kind: 'provisioning_delayed',
    severity: 'urgent',
    text: ({ waiting_since, gives_up_at }) =>
      `Paid and not provisioned since ${waiting_since}. Given up and compensated at ${gives_up_at}. Look at the provisioner and its vendors.`,
    dedupeKey: (tenantId, { generation }) => `${tenantId}:${generation}`,
  }),
  ticketOn({
    on: ProvisioningAbandoned,
    kind: 'provisioning_abandoned',
    severity: 'urgent',
    text: ({ because }) =>
      because === 'not_compensated'
        ? 'This tenant’s money is still not back. Look at billing and at its dead letters.'
        : `This paid tenant was given up (${because.replaceAll('_', ' ')}); the money goes back.`,
    dedupeKey: (tenantId, { because }) => `${tenantId}:${because}`,
  }),
  ticketOn({
    on: CustomerStuck,
    kind: 'customer_stuck',
    severity: 'warning',
    text: ({ rule, since }) => `Stuck ${rule.replaceAll('_', ' ')} since ${since}. Offer a short walkthrough.`,
    dedupeKey: (tenantId, { rule, since }) => `${tenantId}:${rule}:${since}`,
  }),
  ticketOn({
    on: TenantProvisioned,
    kind: 'high_value_customer',
    severity: 'info',
    when: ({ plan }) => plans[plan].priceCentsPerMonth >= highValueFromCents,
    text: ({ plan }) => `A new customer on the ${plans[plan].title} plan. Assign somebody who greets them.`,
    dedupeKey: (tenantId) => tenantId,
  }),
];
