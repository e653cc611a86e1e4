import { stages, type Stage, type StageFigures, type StageTimes } from './stages.js';
import type { Journey } from './stranger.js';
import { effects, type Effect, type Finding } from './verdict.js';

/** Both lists in the report end here; the counts beside them do not. */
const listedMax = 50;

export interface Report {
  tenants: number;
  /** Every stranger is in exactly one of these three. Whoever misses an effect counts as lost, whatever they saw. */
  activated: number;
  compensated: number;
  lost: number;
  /** Strangers with an effect that happened more often than it should; they may be in any of the three. */
  doubled: number;
  duration_seconds: number;
  stages: Record<Stage, StageFigures>;
  effects: Record<Effect, { missing: number; doubled: number }>;
  findings: Finding[];
  findings_total: number;
  lost_strangers: { number: number; tenant_id: string | null; reason: string }[];
  /** What made strangers try again, as `<stage>: <code>`. */
  retries: Record<string, number>;
}

export interface Run {
  journeys: readonly Journey[];
  findings: readonly Finding[];
  times: StageTimes;
  retries: ReadonlyMap<string, number>;
  durationMs: number;
}

export function reportOf({ journeys, findings, times, retries, durationMs }: Run): Report {
  const tenantsWith = (verdict: Finding['verdict']) =>
    new Set(findings.filter((finding) => finding.verdict === verdict).map(({ tenant_id }) => tenant_id));
  const missing = tenantsWith('missing');
  const isLost = ({ outcome, tenantId }: Journey) => outcome === 'lost' || (tenantId !== null && missing.has(tenantId));
  const lost = journeys.filter(isLost);
  const kept = journeys.filter((journey) => !isLost(journey));
  const effectCounts = Object.keys(effects).map((effect) => {
    const count = (verdict: Finding['verdict']) =>
      findings.filter((finding) => finding.effect === effect && finding.verdict === verdict).length;
    return [effect, { missing: count('missing'), doubled: count('doubled') }] as const;
  });
  return {
    tenants: journeys.length,
    activated: kept.filter(({ outcome }) => outcome === 'activated').length,
    compensated: kept.filter(({ outcome }) => outcome === 'compensated').length,
    lost: lost.length,
    doubled: tenantsWith('doubled').size,
    duration_seconds: Math.round(durationMs / 100) / 10,
    stages: times.figures(),
    effects: Object.fromEntries(effectCounts) as Report['effects'],
    findings: findings.slice(0, listedMax),
    findings_total: findings.length,
    lost_strangers: lost.slice(0, listedMax).map(({ number, tenantId, reason }) => ({
      number,
      tenant_id: tenantId,
      reason: reason ?? 'an effect is missing: see the findings',
    })),
    retries: Object.fromEntries([...retries].sort(([, a], [, b]) => b - a)),
  };
}

/** Nobody lost and nothing twice: what the exit code says. */
export function isGood({ lost, doubled }: Report): boolean {
  return lost === 0 && doubled === 0;
}

/** The report as a person reads it in a terminal. */
export function reportText(report: Report): string {
  const { tenants, activated, compensated, lost, doubled, duration_seconds: seconds } = report;
  const stageRows = (Object.entries(report.stages) as [Stage, StageFigures][]).map(([stage, figures]) => [
    stage,
    String(figures.count),
    ...[figures.p50_ms, figures.p95_ms, figures.p99_ms, figures.max_ms].map(duration),
    stages[stage],
  ]);
  const effectRows = (Object.entries(report.effects) as [Effect, { missing: number; doubled: number }][]).map(
    ([effect, counts]) => [effects[effect], String(counts.missing), String(counts.doubled)],
  );
  const retries = Object.entries(report.retries).map(([why, count]) => `${why}, ${count} times`);
  return [
    `${tenants} strangers in ${seconds} s: ${activated} activated, ${compensated} compensated, ${lost} lost, ${doubled} doubled`,
    '',
    ...table(['stage', 'count', 'p50', 'p95', 'p99', 'max', 'meaning'], stageRows, 5),
    '',
    ...table(['effect, once per tenant', 'missing', 'doubled'], effectRows, 2),
    ...listed('Findings', report.findings.map(findingText), report.findings_total),
    ...listed(
      'Lost',
      report.lost_strangers.map(
        ({ number, tenant_id: id, reason }) => `stranger ${number} (${id ?? 'no tenant'}): ${reason}`,
      ),
      lost,
    ),
    ...listed('Tried again', retries, retries.length),
    '',
    isGood(report) ? 'Nothing lost, nothing doubled.' : 'NOT GOOD: something was lost or doubled.',
  ].join('\n');
}

function findingText({ tenant_id: id, outcome, effect, verdict, expected, found }: Finding): string {
  return `${id} (${outcome}): ${effects[effect]} ${verdict}, ${found} instead of ${expected}`;
}

function listed(title: string, lines: readonly string[], total: number): string[] {
  if (total === 0) return [];
  const more = total > lines.length ? [`  and ${total - lines.length} more`] : [];
  return ['', `${title} (${total}):`, ...lines.map((line) => `  ${line}`), ...more];
}

function duration(ms: number | null): string {
  if (ms === null) return '-';
  return ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

/** Numbers stand right, words left. */
function table(head: readonly string[], rows: readonly string[][], numericColumns: number): string[] {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  return all.map((row) =>
    row
      .map((cell, column) => {
        const isNumber = column > 0 && column <= numericColumns;
        return isNumber ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0);
      })
      .join('  ')
      .trimEnd(),
  );
}
