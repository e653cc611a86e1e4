import { owners } from '@latchkey/contracts';
import { kibibytes, machine, mebibytes, ms, number, row } from '../page.js';
import type { Comers, Grown, Growth } from './measure-growth.js';
import type { Statement } from './statements.js';

/** From the first to the last size. What takes less is noise, or not worth a look. */
const growsFrom = 3;
const worthMs = 20;
const worthPages = 300;

interface Line {
  what: string;
  values: number[];
  show: (value: number) => string;
  /** Below this it is not called growing. */
  worth: number;
}

/** The section about growth: no number in it was typed by hand. */
export function growthSection({ young, grown }: Growth, command: string, latency: string): string {
  const last = grown.at(-1)!;
  const head = (what: string) => [
    row(what, ...grown.map(({ tenants }) => `${tenants.toLocaleString('en')} there`), 'growth'),
    row('---', ...grown.map(() => '--:'), '--:'),
  ];
  const lines = (all: Line[]) => all.map(lineOf);
  const each = (pick: (one: Grown) => number) => grown.map(pick);
  const worthless = Infinity;
  return [
    '## What grows with the tenants that are there',
    '',
    `Written by \`${command}\`. The tenants that are there came over the last 30 days, so nothing has fallen out of a window of 30 days yet: the hardest case. They are rows in the six databases; the bus and the vendors do not know them.`,
    '',
    ...machine(latency),
    `- filled in ${grown.map(({ tenants, fillSeconds }) => `${number(fillSeconds)} s up to ${tenants.toLocaleString('en')}`).join(', ')}`,
    '',
    `### Who comes: ${last.payments.tenants} pay, ${number(last.payments.tenants / last.payments.seconds, 1)} a second`,
    '',
    'With nobody there the system began today: its outboxes have a partition for each of eight days, and not for another thirty.',
    '',
    row('', 'nobody there', ...grown.map(({ tenants }) => `${tenants.toLocaleString('en')} there`)),
    row('---', '--:', ...grown.map(() => '--:')),
    ...comersTable([young, ...grown]),
    '',
    '### What looks at everything',
    '',
    'Each page an operator opens and each scrape: the slowest of three. Each scheduled job: once, from its claim to its end.',
    '',
    ...head('asked'),
    ...lines(
      last.looks.map(({ what }, index) => ({
        what,
        values: each(({ looks }) => looks[index]!.ms),
        show: ms,
        worth: worthMs,
      })),
    ),
    '',
    ...head('scheduled job'),
    ...lines(
      last.schedules.map(({ owner, name }, index) => ({
        ...{
          what: `${name} (${owner})`,
          values: each(({ schedules }) => schedules[index]!.ms),
          show: ms,
          worth: worthMs,
        },
      })),
    ),
    '',
    '### Size of the databases',
    '',
    ...head('service'),
    ...lines(
      owners.map((owner) => ({
        what: owner,
        values: each(({ bytes }) => bytes[owner]),
        show: mebibytes,
        worth: worthless,
      })),
    ),
    '',
    '### Statements that read more when more is there',
    '',
    `Pages of 8 KiB that one call looks at, found in memory or not: this does not depend on what else the machine does. All statements that were called at every size, grew ${growsFrom}-fold or more, and now look at ${worthPages} pages or more.`,
    '',
    ...statementTable(grown),
    '',
  ].join('\n');
}

function comersTable(columns: readonly Comers[]): string[] {
  const line = (what: string, show: (one: Comers) => string) => row(what, ...columns.map(show));
  return [
    line('payment to active, p50', ({ payments }) => ms(payments.paymentToActive.p50Ms)),
    line('payment to active, p95', ({ payments }) => ms(payments.paymentToActive.p95Ms)),
    line('lost', ({ payments }) => String(payments.lost)),
    line('CPU a tenant, signup to active', ({ cpuMs }) => `${number(cpuMs, 1)} ms`),
    line('written a tenant', ({ writtenBytes }) => kibibytes(writtenBytes)),
    line('CPU a second while nobody comes', ({ idleCpuMsPerSecond }) => `${number(idleCpuMsPerSecond, 1)} ms`),
  ];
}

function lineOf({ what, values, show, worth }: Line): string {
  const growth = values.at(-1)! / values[0]!;
  const grows = growth >= growsFrom && values.at(-1)! >= worth;
  const shown = Number.isFinite(growth) ? `${number(growth, 1)}-fold` : '';
  return row(what, ...values.map((value) => show(value)), grows ? `**${shown}**` : shown);
}

function statementTable(grown: readonly Grown[]): string[] {
  const found = growing(grown);
  if (found.length === 0) return ['None.'];
  return [
    row('service', 'statement', ...grown.map(({ tenants }) => `pages at ${tenants.toLocaleString('en')}`), 'ms a call'),
    row('---', '---', ...grown.map(() => '--:'), '--:'),
    ...found.map((calls) => {
      const last = calls.at(-1)!;
      const pages = calls.map(({ meanPages }) => number(meanPages));
      return row(last.owner, `\`${shortened(last.text)}\``, ...pages, number(last.meanMs, 1));
    }),
  ];
}

/** Each statement at every size, the most costly at the last size first. */
export function growing(grown: readonly Grown[]): Statement[][] {
  return grown
    .at(-1)!
    .statements.map(({ owner, text }) =>
      grown.map(({ statements }) => statements.find((other) => other.owner === owner && other.text === text)),
    )
    .filter((calls): calls is Statement[] => calls.every((call) => call !== undefined))
    .filter((calls) => {
      const [first, last] = [calls[0]!.meanPages, calls.at(-1)!.meanPages];
      return last >= worthPages && last / Math.max(1, first) >= growsFrom;
    })
    .toSorted((a, b) => b.at(-1)!.meanPages - a.at(-1)!.meanPages);
}

function shortened(text: string): string {
  const plain = text.trim().replaceAll('|', '¦').replaceAll('`', '');
  return plain.length > 160 ? `${plain.slice(0, 160)} ...` : plain;
}
