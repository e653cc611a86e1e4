import pLimit from 'p-limit';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Addresses } from './addresses.js';
import { gatherEvidence, type Evidence } from './evidence.js';
import { Refusal } from './http.js';
import { Ledger } from './ledger.js';
import { CannotGoOn } from './options.js';
import { OutOfPatience, Patience } from './patience.js';
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
 * every tenant by one last reading of the ledger: a doubled mail may come late. Throws CannotGoOn when a witness is silent.
 */
export async function audit(journeys: readonly Journey[], options: AuditOptions): Promise<Finding[]> {
  const tenants = journeys.filter((journey): journey is Tenant => journey.tenantId !== null);
  const evidence = new Map<string, Evidence>();
  try {
    await settle(tenants, evidence, options);
    const ledger = await Ledger.read(options.addresses.sandbox, witnessPatience());
    const findings = tenants.flatMap((tenant) => judge(tenant, evidence.get(tenant.tenantId)!, ledger));
    return [...findings, ...sharedNamespaceFindings(tenants, evidence)];
  } catch (error) {
    const isSilence = error instanceof OutOfPatience || error instanceof Refusal;
    throw isSilence ? new CannotGoOn(`The audit cannot be made: ${error.message}.`) : error;
  }
}

async function settle(tenants: readonly Tenant[], evidence: Map<string, Evidence>, options: AuditOptions) {
  const limit = pLimit(lookingAtOnce);
  const endsAtMs = performance.now() + options.settleMs;
  const { addresses, operatorToken } = options;
  for (let unsettled = [...tenants]; ; await sleep(betweenRoundsMs)) {
    await limit.map(unsettled, async ({ tenantId }) => {
      evidence.set(tenantId, await gatherEvidence(addresses, operatorToken, tenantId, witnessPatience()));
    });
    const ledger = await Ledger.read(addresses.sandbox, witnessPatience());
    unsettled = unsettled.filter((tenant) => !isSettled(tenant, evidence.get(tenant.tenantId)!, ledger));
    options.onProgress(tenants.length - unsettled.length, tenants.length);
    if (unsettled.length === 0 || performance.now() > endsAtMs) return;
  }
}

/** Long enough for a service that was killed a moment ago to come back. */
function witnessPatience(): Patience {
  const patience = new Patience(60_000, () => undefined);
  patience.during = 'the audit';
  return patience;
}

function sharedNamespaceFindings(tenants: readonly Tenant[], evidence: ReadonlyMap<string, Evidence>): Finding[] {
  const sharing = new Set(sharedNamespaces(evidence));
  return tenants
    .filter(({ tenantId }) => sharing.has(tenantId))
    .map(({ tenantId, outcome }) => ({
      tenant_id: tenantId,
      outcome,
      effect: 'namespace',
      verdict: 'doubled',
      expected: 1,
      found: 2,
    }));
}

/** Of a lost tenant nothing is waited for but mails that could still turn out to be the second. */
function isSettled(tenant: Tenant, evidence: Evidence, ledger: Ledger): boolean {
  const missing = judge(tenant, evidence, ledger).some(({ verdict }) => verdict === 'missing');
  return !missing && evidence.mailsOnTheirWay === 0;
}
