import type { Injected } from './nemesis.js';
import type { Sandbox, WebhookDelivery } from './sandbox.js';

/** Vendor faults that were really served since `sinceRequest`, by vendor and kind, from the sandbox's own journal. */
export async function servedVendorFaults(sandbox: Sandbox, sinceRequest: number): Promise<Injected> {
  const served: Injected = {};
  for (const { vendor, fault } of await sandbox.requests(sinceRequest)) {
    if (!fault) continue;
    const name = `vendor ${vendor} ${fault}`;
    served[name] = (served[name] ?? 0) + 1;
  }
  return served;
}

/**
 * What went wrong with Stripe's deliveries: lost for good, sent more than once, refused for a bad or an old signature.
 * Delays and shuffles leave no trace in the log and are not counted.
 */
export function countWebhookFaults(deliveries: readonly WebhookDelivery[]): Injected {
  const copies = new Map<string, number>();
  const counts = { 'webhook lost': 0, 'webhook duplicate': 0, 'webhook refused': 0 };
  for (const { event, state, attempts } of deliveries) {
    if (state === 'lost') counts['webhook lost'] += 1;
    copies.set(event, (copies.get(event) ?? 0) + 1);
    counts['webhook refused'] += attempts.filter(({ status }) => status === 400).length;
  }
  for (const count of copies.values()) counts['webhook duplicate'] += count - 1;
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

export function addUp(all: readonly Injected[]): Injected {
  const sum: Injected = {};
  for (const one of all) for (const [name, count] of Object.entries(one)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}

export function totalOf(injected: Injected): number {
  return Object.values(injected).reduce((sum, count) => sum + count, 0);
}
