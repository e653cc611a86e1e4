import { totalOf } from './counting.js';
import { invariants } from './invariants/index.js';
import type { RunResult } from './run.js';
import { allScenarios } from './scenarios.js';

export interface CrashPoints {
  declared: number;
  hit: number;
}

export interface Summary {
  seed: number | number[];
  tenants: number;
  faults_injected: number;
  faults_by_kind: Record<string, number>;
  crash_points: CrashPoints;
  invariants: Record<string, { checked: number; violated: number }>;
  outcomes: Record<string, number>;
  /** Strangers who gave up or were answered what they could not understand, and why. */
  lost_strangers: string[];
  not_at_rest: string[];
  seconds: number;
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

/** All runs of one command as one answer. */
export function summarize(results: readonly RunResult[], crashPoints: CrashPoints): Summary {
  const byKind: Record<string, number> = {};
  for (const { injected } of results)
    for (const [kind, count] of Object.entries(injected)) byKind[kind] = (byKind[kind] ?? 0) + count;
  const outcomes: Record<string, number> = {};
  for (const result of results)
    for (const [name, count] of Object.entries(result.outcomes)) outcomes[name] = (outcomes[name] ?? 0) + count;
  const ids = [...new Set(results.flatMap(({ verdicts }) => Object.keys(verdicts)))];
  const seeds = results.map(({ wish }) => wish.seed);
  return {
    seed: seeds.length === 1 ? seeds[0]! : seeds,
    tenants: sum(results.map(({ wish }) => wish.tenants)),
    faults_injected: totalOf(byKind),
    faults_by_kind: Object.fromEntries(Object.entries(byKind).sort()),
    crash_points: crashPoints,
    invariants: Object.fromEntries(
      ids.map((id) => [
        id,
        {
          checked: sum(results.map(({ verdicts }) => verdicts[id]?.checked ?? 0)),
          violated: sum(results.map(({ verdicts }) => verdicts[id]?.violations.length ?? 0)),
        },
      ]),
    ),
    outcomes,
    lost_strangers: results.flatMap(({ wish, lost }) =>
      lost.map(
        ({ behaviour, tenantIds, reason }) =>
          `seed ${wish.seed}: ${behaviour}, ${tenantIds.join(', ') || 'no tenant'}: ${reason}`,
      ),
    ),
    not_at_rest: results.flatMap(({ moving, wish }) => moving.map((what) => `seed ${wish.seed}: ${what}`)),
    seconds: Math.round(sum(results.map(({ seconds }) => seconds))),
  };
}

export function isGood(summary: Summary): boolean {
  const broken = Object.values(summary.invariants).some(({ violated }) => violated > 0);
  return !broken && summary.not_at_rest.length === 0;
}

const shownPerInvariant = 10;

/** What a person reads at the end: the table, then every violation with where to look. */
export function summaryText(summary: Summary, results: readonly RunResult[], sentences: Map<string, string>): string {
  const lines = ['', 'invariant  checked  violated  promise'];
  for (const [id, { checked, violated }] of Object.entries(summary.invariants))
    lines.push(
      `${id.padEnd(9)}  ${String(checked).padStart(7)}  ${String(violated).padStart(8)}  ${sentences.get(id) ?? ''}${checked === 0 ? ' (not checked by this run)' : ''}`,
    );
  const outcomes = Object.entries(summary.outcomes).map(([name, count]) => `${count} ${name}`);
  lines.push('', `${summary.tenants} strangers: ${outcomes.join(', ')}. ${summary.faults_injected} faults injected.`);
  const { declared, hit } = summary.crash_points;
  if (declared > 0) lines.push(`Crash points: ${hit} of ${declared} hit.`);
  for (const { wish, verdicts, moving, skipped } of results) {
    for (const [id, { violations }] of Object.entries(verdicts)) {
      for (const { tenant_id: tenantId, text } of violations.slice(0, shownPerInvariant))
        lines.push(`seed ${wish.seed}  ${id}  ${tenantId ?? 'no tenant'}: ${text}`);
      if (violations.length > shownPerInvariant)
        lines.push(`seed ${wish.seed}  ${id}  and ${violations.length - shownPerInvariant} more`);
    }
    for (const what of moving) lines.push(`seed ${wish.seed}  did not come to rest: ${what}`);
    for (const what of skipped) lines.push(`seed ${wish.seed}  skipped: ${what}`);
  }
  for (const what of summary.lost_strangers) lines.push(`lost stranger, ${what}`);
  if (!isGood(summary))
    lines.push(
      '',
      'To look closer: run the seed again with --keep; logs and databases then stay in .latchkey-chaos, and the operators’',
      'API tells a tenant’s story: /api/analytics/tenants/<id>/timeline, /api/provisioner/tenants/<id>, /api/billing/tenants/<id>.',
    );
  return lines.join('\n');
}

export const sentencesOf = (): Map<string, string> =>
  new Map([...invariants, ...allScenarios].map(({ id, sentence }) => [id, sentence]));
