import pLimit from 'p-limit';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Addresses } from './addresses.js';
import { gatherEvidence, type Evidence } from './evidence.js';
import { Ledger } from './ledger.js';
import type { Journey } from './stranger.js';
import { judge, sharedNamespaces, type Finding } from './verdict.js';

/** Few enough that the audit does not disturb what it looks at. */
const lookingAtOnce = 8;
const betweenRoundsMs = 1_500;

type Tenant = Journey & { tenantId: string };

export interface AuditOptions {
  addresses: Addresses;
  operatorToken: string;
  /** How long effects that are still on their way are waited for. */
  settleMs: number;
  onProgress: (settled: number, total: number) => void;
}

/**
 * Waits until nothing is on its way any more (mails that are being retried, facts that analytics has not read), then judges
 * every tenant by one last reading of the ledger: a doubled mail may come late.
 */
export async function audit(journeys: readonly Journey[], options: AuditOptions): Promise<Finding[]> {
  const tenants = journeys.filter((journey): journey is Tenant => journey.tenantId !== null);
  const evidence = await settle(tenants, options);
  const ledger = await Ledger.read(options.addresses.sandbox);
  const findings = tenants.flatMap((tenant) => judge(tenant, evidence.get(tenant.tenantId)!, ledger));
  const sharing = new Set(sharedNamespaces(evidence));
  for (const { tenantId, outcome } of tenants)
    if (sharing.has(tenantId))
      findings.push({ tenant_id: tenantId, outcome, effect: 'namespace', verdict: 'doubled', expected: 1, found: 2 });
  return findings;
}

async function settle(tenants: readonly Tenant[], options: AuditOptions): Promise<Map<string, Evidence>> {
  const evidence = new Map<string, Evidence>();
  const limit = pLimit(lookingAtOnce);
  const endsAtMs = performance.now() + options.settleMs;
  const { addresses, operatorToken } = options;
  const signal = new AbortController().signal;
  for (let unsettled = [...tenants]; ; await sleep(betweenRoundsMs)) {
    await limit.map(unsettled, async ({ tenantId }) => {
      evidence.set(tenantId, await gatherEvidence(addresses, operatorToken, tenantId, signal));
    });
    const ledger = await Ledger.read(addresses.sandbox);
    unsettled = unsettled.filter((tenant) => !isSettled(tenant, evidence.get(tenant.tenantId)!, ledger));
    options.onProgress(tenants.length - unsettled.length, tenants.length);
    if (unsettled.length === 0 || performance.now() > endsAtMs) return evidence;
  }
}

/** Of a lost tenant nothing is waited for but mails that could still turn out to be the second. */
function isSettled(tenant: Tenant, evidence: Evidence, ledger: Ledger): boolean {
  const missing = judge(tenant, evidence, ledger).some(({ verdict }) => verdict === 'missing');
  return !missing && evidence.mailsOnTheirWay === 0;
}
