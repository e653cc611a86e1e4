import type { Addresses } from './addresses.js';
import { Refusal, request } from './http.js';
import type { Patience } from './patience.js';

/** What the services themselves say of one tenant, to their operator. */
export interface Evidence {
  /** Of all its runs, and the one a cold run would use. */
  namespaces: string[];
  /** Subscriptions that billing believes to be running. */
  runningSubscriptions: number;
  /** How often its workspace was opened, by the journal of events. */
  openings: number;
  /** 1 when analytics counts it as activated. */
  activationsCounted: number;
  /** Mails that may still be sent: until there are none, nobody can say that a mail is missing, or single. */
  mailsOnTheirWay: number;
}

const opened = 'workspace.workspace-opened.v1';

/** Reads a tenant's evidence from the operator APIs; a service that never heard of the tenant has nothing to say. */
export async function gatherEvidence(
  addresses: Addresses,
  operatorToken: string,
  tenantId: string,
  patience: Patience,
): Promise<Evidence> {
  const ask = async <T>(url: string, nothing: T): Promise<T> => {
    const headers = { authorization: `Bearer ${operatorToken}` };
    try {
      const { text } = await patience.insist((signal) => request(url, { headers, signal }));
      return JSON.parse(text) as T;
    } catch (error) {
      if (error instanceof Refusal && error.status === 404) return nothing;
      throw error;
    }
  };
  const [runs, billing, notifier, timeline] = await Promise.all([
    ask<{ runs: { namespace: string }[] }>(`${addresses.provisioner}/api/provisioner/tenants/${tenantId}`, {
      runs: [],
    }),
    ask<{ subscriptions: { ended_at: string | null }[] }>(`${addresses.billing}/api/billing/tenants/${tenantId}`, {
      subscriptions: [],
    }),
    ask<{ messages: { state: string }[] }>(
      `${addresses.notifier}/api/notifier/messages?tenant_id=${tenantId}&limit=1000`,
      { messages: [] },
    ),
    ask<{ milestones: Record<string, unknown>; events: { type: string }[] }>(
      `${addresses.analytics}/api/analytics/tenants/${tenantId}/timeline?limit=500`,
      { milestones: {}, events: [] },
    ),
  ]);
  return {
    namespaces: [...new Set([tenantId, ...runs.runs.map(({ namespace }) => namespace)])],
    runningSubscriptions: billing.subscriptions.filter(({ ended_at: endedAt }) => endedAt === null).length,
    openings: timeline.events.filter(({ type }) => type === opened).length,
    activationsCounted: 'completed_activation' in timeline.milestones ? 1 : 0,
    mailsOnTheirWay: notifier.messages.filter(({ state }) => ['queued', 'sending', 'uncertain'].includes(state)).length,
  };
}
