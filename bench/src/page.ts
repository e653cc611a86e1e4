import { commit } from '@latchkey/chaos/parts';
import { arch, cpus, platform, release, totalmem } from 'node:os';
import { bareKinds } from './bare-signups.js';
import { kinds } from './floor.js';
import type { Findings } from './measure.js';
import type { Figures, Payments } from './payments.js';
import { outsiders, totalOf } from './usage.js';

export const number = (value: number, digits = 0) => value.toFixed(digits);
export const ms = (value: number | null) => (value === null ? '-' : `${number(value)} ms`);
const percent = (share: number) => `${number(100 * share)} %`;
/** "-" where the disk has no counter. */
export const kibibytes = (bytes: number) => (Number.isNaN(bytes) ? '-' : `${number(bytes / 1_024)} KiB`);
export const mebibytes = (bytes: number) => `${number(bytes / 2 ** 20)} MiB`;
export const row = (...cells: string[]) => `| ${cells.join(' | ')} |`;
const figures = ({ p50Ms, p95Ms, p99Ms }: Figures) => [ms(p50Ms), ms(p95Ms), ms(p99Ms)];

/** When and on what it was measured. */
export function machine(latency: string): string[] {
  return [
    `- ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC, commit ${commit()}, Node ${process.versions.node}`,
    `- ${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${number(totalmem() / 2 ** 30)} GB, ${platform()} ${release()} ${arch()}`,
    `- the vendors answer after ${latency} (ms)`,
  ];
}

/** The findings as the page of the documentation, but for its title: no number in it was typed by hand. */
export function pageOf(found: Findings, command: string, latency: string): string {
  const {
    hashes,
    floor,
    signupsPerSecond,
    bareSignups,
    first,
    plain,
    offered,
    atOnce,
    burst,
    burstFaultShare,
    cost,
    webhooks,
    facts,
    memory,
  } = found;
  return [
    `Written by \`${command}\`, which makes it again on the machine at hand. Everything runs on that one machine: six services, PostgreSQL, NATS, the imitated vendors and the strangers themselves.`,
    '',
    ...machine(latency),
    `- after ${first.warmUps * first.tenants} strangers who are not counted. Of a system just started, the first ${first.tenants} cost ${number(first.cpuMs, 1)} ms of CPU each, and ${number(first.activePerSecond, 1)} a second became active when all paid at once`,
    '',
    '## Signing up',
    '',
    `${number(signupsPerSecond, 1)} signups a second, 16 at a time. The machine makes ${number(hashes.perSecond, 1)} password hashes (argon2id, ${number(hashes.cpuMs, 1)} ms of a core each) a second when it does nothing else: ${percent(signupsPerSecond / hashes.perSecond)} of that bound.`,
    '',
    `The most that the machine can take, whatever it is written in: one process with a bare HTTP server, one prepared statement and no SDK, ${bareSignups.atOnce} at a time, without events, jobs, limits or logs. Each line does what those above it do.`,
    '',
    row(
      'a bare signup',
      'a second',
      'hashes a second, around it',
      'share',
      'CPU each: itself',
      'vendors',
      'PostgreSQL',
    ),
    row('---', '--:', '--:', '--:', '--:', '--:', '--:'),
    ...bareSignups.lines.map(({ perSecond, bound, cpuMs }, index) =>
      row(
        bareKinds[index]!,
        number(perSecond, 1),
        number(bound, 1),
        percent(perSecond / bound),
        ...[cpuMs.program, cpuMs.vendors, cpuMs.postgres].map((value) => `${number(value, 1)} ms`),
      ),
    ),
    '',
    '## From payment to active',
    '',
    'An open loop: so many pay in a second, whatever becomes of those before. The time is from sending the card form to seeing "active". Lost is whoever was neither active nor compensated three minutes after they began.',
    '',
    row('offered', 'tenants', 'active', 'compensated', 'lost', 'p50', 'p95', 'p99', 'active/s'),
    row('---', '--:', '--:', '--:', '--:', '--:', '--:', '--:', '--:'),
    ...offered.map(({ perSecond, payments }) => paymentsRow(`${perSecond}/s`, payments)),
    paymentsRow('all at once', atOnce),
    paymentsRow(`a burst of whole signups, ${number(burstFaultShare * 100)} % of vendor calls fail`, burst),
    row(
      'a plain program, 16 at a time',
      String(plain.tenants),
      String(plain.tenants),
      '0',
      '0',
      ...figures(plain.paymentToActive),
      number(plain.perSecond, 1),
    ),
    '',
    'The plain program does the same work in one process with three tables and no guarantee: killed between two lines, it forgets a customer who has paid.',
    ...retriesOf(burst),
    '',
    '## What a tenant costs, from the signup form to active',
    '',
    `Over ${cost.tenants} tenants at the highest rate: ${number(cost.cpuMs, 1)} ms of CPU in all processes but the vendors' and the strangers', ${number(cost.cpuMsWithoutHash, 1)} ms without the password hash; ${kibibytes(cost.writtenBytes)} written to the disk. The plain program: ${number(plain.cpuMsPerTenant, 1)} ms, PostgreSQL and the signup not counted.`,
    '',
    row('part', 'CPU a tenant', 'memory after everything'),
    row('---', '--:', '--:'),
    ...Object.entries(cost.cpuMsByPart)
      .toSorted(([, a], [, b]) => b - a)
      .map(([part, cpuMs]) => row(part, `${number(cpuMs, 1)} ms`, mebibytes(memory.get(part)?.memoryBytes ?? 0))),
    row('all of ours', `${number(cost.cpuMs, 1)} ms`, mebibytes(totalOf(memory, outsiders).memoryBytes)),
    '',
    'A page of memory that several processes share counts once. The strangers are the bench itself.',
    '',
    `With no more than a client library or Node's own HTTP server, each piece of that work costs, the vendor's end of a call and the asker's end of a request left out:`,
    '',
    row('work', 'pieces a tenant', 'CPU each', 'CPU a tenant'),
    row('---', '--:', '--:', '--:'),
    ...kinds.map((kind) =>
      row(
        kind,
        number(cost.pieces[kind], 1),
        `${number(floor[kind], 2)} ms`,
        `${number(cost.pieces[kind] * floor[kind], 1)} ms`,
      ),
    ),
    row('together', '', '', `${number(floorOf(found), 1)} ms`),
    '',
    'Questions between services and the work itself are not in it.',
    '',
    '## Webhooks and facts',
    '',
    `- ${webhooks.sent} webhooks: ${number(webhooks.acceptedPerSecond)} accepted a second, ${number(webhooks.handledPerSecond)} a second until all were acted upon (each asks Stripe for what is true now).`,
    `- ${facts.count} facts from one outbox: ${number(facts.relayedPerSecond)} a second onto the bus (each synced to the disk), ${number(facts.journaledPerSecond)} a second until the last was in the journal of analytics.`,
    '',
  ].join('\n');
}

function floorOf({ cost, floor }: Findings): number {
  return kinds.reduce((sum, kind) => sum + cost.pieces[kind] * floor[kind], 0);
}

function paymentsRow(offered: string, payments: Payments): string {
  const { tenants, active, compensated, lost, paymentToActive, seconds } = payments;
  const counts = [tenants, active, compensated, lost].map(String);
  return row(offered, ...counts, ...figures(paymentToActive), number(active / seconds, 1));
}

function retriesOf({ retries }: Payments): string[] {
  const list = Object.entries(retries).map(([reason, times]) => `${reason} ${times} times`);
  return list.length === 0 ? [] : ['', `In the burst people had to press a button again: ${list.join(', ')}.`];
}
