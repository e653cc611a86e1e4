import type { System } from '@latchkey/chaos/parts';
import { addressesFrom, percentile } from '@latchkey/journeys/parts';
import pLimit from 'p-limit';
import { setTimeout as sleep } from 'node:timers/promises';
import { Comer } from './comer.js';
import { writtenBytes } from './disk.js';
import { between, usageOf, type Used } from './usage.js';

export interface Figures {
  p50Ms: number | null;
  p95Ms: number | null;
  p99Ms: number | null;
}

export interface Payments {
  tenants: number;
  active: number;
  compensated: number;
  lost: number;
  /** From the first card form sent to the last "active" seen. */
  seconds: number;
  paymentToActive: Figures;
  /** Why requests had to be sent again, and how often. */
  retries: Record<string, number>;
  used: Map<string, Used>;
  /** Onto the disk, by all together. */
  writtenBytes: number;
}

/** How many people sign up at once while a run is prepared: more only queue for the password hashes. */
const preparedAtOnce = 16;
/** What the system still does after the last "active": mails, journals, the pool. Counted as used by these tenants. */
const afterworkMs = 3_000;

export interface Prepared {
  comers: Comer[];
  /** Signups answered per second while all of them signed up, `preparedAtOnce` at a time. */
  signupsPerSecond: number;
  /** From the first signup to the last accepted code, with what follows from it. */
  used: Map<string, Used>;
  writtenBytes: number;
  retries: Map<string, number>;
}

/** Signed up and verified: all that is left to do is to pay. */
export async function prepare(system: System, label: string, count: number): Promise<Prepared> {
  const retries = new Map<string, number>();
  const comers = comersOf(system, label, count, retries);
  const before = await usageOf(system);
  const writtenBefore = writtenBytes();
  const limit = pLimit(preparedAtOnce);
  const startedMs = performance.now();
  await limit.map(comers, (comer) => comer.signUp());
  const signupsPerSecond = count / ((performance.now() - startedMs) / 1_000);
  await limit.map(comers, (comer) => comer.verify());
  await sleep(afterworkMs);
  const used = between(before, await usageOf(system));
  return { comers, signupsPerSecond, used, writtenBytes: writtenBytes() - writtenBefore, retries };
}

/**
 * All of them pay, so many a second whatever becomes of those before (an open loop: a slow system is not spared).
 * 0 a second: all at once.
 */
export async function payAt(system: System, { comers, retries }: Prepared, perSecond: number): Promise<Payments> {
  return measured(system, comers, retries, async (comer, index) => {
    if (perSecond > 0) await sleep((index * 1_000) / perSecond);
    return comer.payAndWait();
  });
}

/** The whole way at once, for `count` strangers: a launch day. */
export async function burst(system: System, label: string, count: number): Promise<Payments> {
  const retries = new Map<string, number>();
  return measured(system, comersOf(system, label, count, retries), retries, async (comer) => {
    await comer.signUp();
    await comer.verify();
    return comer.payAndWait();
  });
}

function comersOf(system: System, label: string, count: number, retries: Map<string, number>): Comer[] {
  const addresses = addressesFrom(system.gateway);
  const run = `bench-${label}-${Date.now().toString(36)}`;
  const note = (reason: string) => void retries.set(reason, (retries.get(reason) ?? 0) + 1);
  return Array.from({ length: count }, (_, index) => new Comer(addresses, `${run}-${index + 1}`, note));
}

async function measured(
  system: System,
  comers: readonly Comer[],
  retries: ReadonlyMap<string, number>,
  live: (comer: Comer, index: number) => Promise<number | null>,
): Promise<Payments> {
  const before = await usageOf(system);
  const writtenBefore = writtenBytes();
  const startedMs = performance.now();
  const times: number[] = [];
  let compensated = 0;
  const endings = await Promise.allSettled(
    comers.map(async (comer, index) => {
      const ms = await live(comer, index);
      if (ms === null) compensated += 1;
      else times.push(ms);
    }),
  );
  const seconds = (performance.now() - startedMs) / 1_000;
  await sleep(afterworkMs);
  const lost = endings.flatMap((ending) => (ending.status === 'rejected' ? [String(ending.reason)] : []));
  for (const why of new Set(lost)) process.stderr.write(`lost: ${why}\n`);
  return {
    ...{ tenants: comers.length, active: times.length, compensated, lost: lost.length, seconds },
    paymentToActive: figuresOf(times),
    retries: Object.fromEntries(retries),
    used: between(before, await usageOf(system)),
    writtenBytes: writtenBytes() - writtenBefore,
  };
}

export function figuresOf(times: readonly number[]): Figures {
  return { p50Ms: percentile(times, 50), p95Ms: percentile(times, 95), p99Ms: percentile(times, 99) };
}
