import type { System } from '@latchkey/chaos/parts';
import { owners, type Owner } from '@latchkey/contracts';
import { setTimeout as sleep } from 'node:timers/promises';
import { payAt, prepare, type Payments } from '../payments.js';
import { between, outsiders, totalOf, usageOf } from '../usage.js';
import { fill } from './fill.js';
import { timeLooks, type Look } from './looks.js';
import { proveProgress } from './prove-progress.js';
import { runSchedules, type ScheduledRun } from './schedules.js';
import { countStatements, forgetStatements, readStatements, type Statement } from './statements.js';

/** What those who come meet and cost. */
export interface Comers {
  payments: Payments;
  /** Of each who paid: from the signup form to active, in all processes but the vendors'. */
  cpuMs: number;
  writtenBytes: number;
  /** Milliseconds of CPU a second while nobody does anything: the looks for due jobs and for facts that wait. */
  idleCpuMsPerSecond: number;
}

/** With so many tenants there already. */
export interface Grown extends Comers {
  tenants: number;
  fillSeconds: number;
  /** Of each service's database. */
  bytes: Record<Owner, number>;
  looks: Look[];
  schedules: ScheduledRun[];
  statements: Statement[];
}

export interface Growth {
  /** Of a system that began today: nobody is there, and the outbox has a partition for today and each day of the coming week. */
  young: Comers;
  grown: Grown[];
}

export interface GrowthSizes {
  tenants: readonly number[];
  /** Who pay meanwhile, and how many a second. */
  comers: number;
  perSecond: number;
  idleMs: number;
}

const warmUpTenants = 20;

/** The same load and the same looks again and again, with more tenants there already each time. */
export async function measureGrowth(system: System, sizes: GrowthSizes, say: (text: string) => void): Promise<Growth> {
  await countStatements(system);
  say('the first strangers, who are not counted');
  await payAt(system, await prepare(system, 'warm', warmUpTenants), 5);
  say('with nobody');
  const young = await measureComers(system, 'young', sizes);
  const grown: Grown[] = [];
  let there = 0;
  for (const tenants of sizes.tenants) {
    say(`filling up to ${tenants} tenants`);
    const startedMs = performance.now();
    await fill(system, { from: there + 1, to: tenants });
    const fillSeconds = (performance.now() - startedMs) / 1_000;
    if (there === 0) await proveProgress(system);
    there = tenants;
    say(`with ${tenants} tenants`);
    grown.push({ tenants, fillSeconds, ...(await measureOnce(system, tenants, sizes)) });
  }
  return { young, grown };
}

async function measureComers(system: System, label: string, sizes: GrowthSizes): Promise<Comers> {
  const { comers, perSecond, idleMs } = sizes;
  // What the fill left to be written is not the strangers'.
  await system.sql('analytics', 'checkpoint');
  await forgetStatements(system);
  const prepared = await prepare(system, label, comers);
  const payments = await payAt(system, prepared, perSecond);
  const before = await usageOf(system);
  await sleep(idleMs);
  const idle = totalOf(between(before, await usageOf(system)), outsiders);
  return {
    payments,
    cpuMs: [prepared, payments].reduce((all, { used }) => all + totalOf(used, outsiders).cpuMs, 0) / comers,
    writtenBytes: (prepared.writtenBytes + payments.writtenBytes) / comers,
    idleCpuMsPerSecond: (idle.cpuMs / idleMs) * 1_000,
  };
}

async function measureOnce(system: System, tenants: number, sizes: GrowthSizes) {
  const comers = await measureComers(system, `among${tenants}`, sizes);
  const looks = await timeLooks(system, await anyTenant(system));
  const schedules = await runSchedules(system);
  const sizesOf = await Promise.all(owners.map(async (owner) => [owner, await bytesOf(system, owner)]));
  return {
    ...comers,
    looks,
    schedules,
    statements: await readStatements(system),
    bytes: Object.fromEntries(sizesOf) as Record<Owner, number>,
  };
}

async function anyTenant(system: System): Promise<string> {
  const [row] = await system.sql<{ id: string }>(
    'signup',
    `select id from tenant where status = 'active' order by id limit 1`,
  );
  return row!.id;
}

async function bytesOf(system: System, owner: Owner): Promise<number> {
  const [row] = await system.sql<{ bytes: string }>(owner, 'select pg_database_size(current_database()) as bytes');
  return Number(row!.bytes);
}
