import type { Sandbox, System } from '@latchkey/chaos/parts';
import { type BareSignups, measureBareSignups } from './bare-signups.js';
import { type Facts, measureFacts } from './facts.js';
import { countsOf, type ForEachKind, measureFloor, piecesOf } from './floor.js';
import { type Hashes, measureHashes } from './hashes.js';
import { burst, payAt, type Payments, prepare } from './payments.js';
import { measurePlain, type Plain } from './plain.js';
import { outsiders, totalOf, usageOf, type Used } from './usage.js';
import { measureWebhooks, type Webhooks } from './webhooks.js';

export interface Sizes {
  /** Tenants a second, offered whatever becomes of those before. */
  rates: readonly number[];
  /** For how long each rate is offered, and how many tenants at least and at most. */
  seconds: number;
  tenantsLeast: number;
  tenantsMost: number;
  burst: number;
  webhooks: number;
  facts: number;
  /** How often `tenantsMost` strangers come before anything is counted. */
  warmUps: number;
}

/** What one tenant costs from the signup form to "active", in all our processes. */
export interface Cost {
  tenants: number;
  cpuMs: number;
  cpuMsWithoutHash: number;
  writtenBytes: number;
  cpuMsByPart: Record<string, number>;
  /** How many pieces of each kind of work a tenant took. */
  pieces: ForEachKind;
}

export interface Findings {
  hashes: Hashes;
  /** What a piece costs with a bare client, in milliseconds of CPU. */
  floor: ForEachKind;
  signupsPerSecond: number;
  bareSignups: BareSignups;
  plain: Plain;
  /** The first strangers of a system just started; nothing else counts them. */
  first: { tenants: number; activePerSecond: number; cpuMs: number; warmUps: number };
  offered: { perSecond: number; payments: Payments }[];
  atOnce: Payments;
  burst: Payments;
  burstFaultShare: number;
  cost: Cost;
  webhooks: Webhooks;
  facts: Facts;
  /** After everything above. */
  memory: Map<string, Used>;
}

/** Of each of their calls, in three equal kinds, as the chaos runs have them. */
const faultShare = 0.1;

/** Everything one after the other on one system; `say` tells what is under way. */
export async function measureAll(
  system: System,
  sandbox: Sandbox,
  sizes: Sizes,
  say: (text: string) => void,
): Promise<Findings> {
  say('password hashes alone');
  const hashes = await measureHashes();
  const first = await warmUp(system, sizes, hashes, say);
  say('the plain program');
  const plain = await measurePlain(system, 200);
  say('the least that transactions, facts and vendor calls cost');
  const floor = await measureFloor(system);
  say('signups of a bare program');
  const bareSignups = await measureBareSignups(system, 2 * sizes.tenantsMost);
  const offered: Findings['offered'] = [];
  let signupsPerSecond = 0;
  let cost: Cost | undefined;
  for (const perSecond of sizes.rates) {
    const count = Math.min(sizes.tenantsMost, Math.max(sizes.tenantsLeast, perSecond * sizes.seconds));
    say(`${count} tenants pay, ${perSecond} a second`);
    const countsBefore = await countsOf(system);
    const prepared = await prepare(system, `rate${perSecond}`, count);
    const payments = await payAt(system, prepared, perSecond);
    offered.push({ perSecond, payments });
    signupsPerSecond = Math.max(signupsPerSecond, prepared.signupsPerSecond);
    const pieces = piecesOf(count, countsBefore, await countsOf(system));
    cost = { ...costOf(count, [prepared, payments], hashes), pieces };
  }
  say(`${sizes.tenantsMost} tenants pay all at once`);
  const atOnce = await payAt(system, await prepare(system, 'once', sizes.tenantsMost), 0);
  say(`${sizes.webhooks} webhooks`);
  const webhooks = await measureWebhooks(system, sizes.webhooks);
  say(`${sizes.burst} strangers at once, one vendor call in ten fails`);
  for (const action of [
    { type: 'status', status: 429, headers: { 'retry-after': '1' } },
    { type: 'status', status: 500 },
    { type: 'reset-after-commit' },
  ])
    for (const vendor of ['stripe', 'pinecone', 'openai', 'sendgrid'])
      await sandbox.addRule({ match: { vendor, probability: faultShare / 3 }, action });
  const crowd = await burst(system, 'burst', sizes.burst);
  await sandbox.allFaultsOff();
  say(`${sizes.facts} facts`);
  const facts = await measureFacts(system, sizes.facts);
  const memory = await usageOf(system);
  const payments = { offered, atOnce, burst: crowd, burstFaultShare: faultShare };
  const signups = { signupsPerSecond, bareSignups };
  return { hashes, floor, plain, ...signups, first, ...payments, cost: cost!, webhooks, facts, memory };
}

/**
 * A service runs for days, and its first minute is its dearest: V8 compiles what turns out to be hot, PostgreSQL plans.
 * With three hundred at a time the cost falls for about a thousand strangers.
 */
async function warmUp(
  system: System,
  { tenantsMost: tenants, warmUps }: Sizes,
  hashes: Hashes,
  say: (text: string) => void,
): Promise<Findings['first']> {
  let first: Findings['first'] | undefined;
  for (let round = 1; round <= warmUps; round++) {
    say(`${tenants} strangers who are not counted, ${round} of ${warmUps}`);
    const prepared = await prepare(system, `warm${round}`, tenants);
    const payments = await payAt(system, prepared, 0);
    const { cpuMs } = costOf(tenants, [prepared, payments], hashes);
    first ??= { tenants, activePerSecond: payments.active / payments.seconds, cpuMs, warmUps };
  }
  return first!;
}

function costOf(
  tenants: number,
  strides: readonly { used: Map<string, Used>; writtenBytes: number }[],
  hashes: Hashes,
): Omit<Cost, 'pieces'> {
  const cpuMsByPart: Record<string, number> = {};
  for (const { used } of strides)
    for (const [part, { cpuMs }] of used) cpuMsByPart[part] = (cpuMsByPart[part] ?? 0) + cpuMs / tenants;
  const cpuMs = strides.reduce((all, { used }) => all + totalOf(used, outsiders).cpuMs, 0) / tenants;
  const writtenBytes = strides.reduce((all, stride) => all + stride.writtenBytes, 0) / tenants;
  return { tenants, cpuMs, cpuMsWithoutHash: cpuMs - hashes.cpuMs, writtenBytes, cpuMsByPart };
}
