import { execFileSync } from 'node:child_process';
import { arch, cpus, platform, release, totalmem } from 'node:os';
import type { PointGroup } from './crash-controller.js';
import { isGood, sentencesOf, type Summary } from './report.js';

/** The report as a page of the documentation: everything in it was measured by the command it names. */
export function reportPage(
  summary: Summary,
  argv: readonly string[],
  { missing, groups }: { missing: readonly string[]; groups: readonly PointGroup[] } = { missing: [], groups: [] },
): string {
  const sentences = sentencesOf();
  const seeds = Array.isArray(summary.seed) ? `${summary.seed[0]} to ${summary.seed.at(-1)}` : String(summary.seed);
  const { declared, hit } = summary.crash_points;
  const outcomes = Object.entries(summary.outcomes).map(([name, count]) => `${count} ${name}`);
  return [
    '# Reliability, as measured',
    '',
    `Written by \`npm run chaos -- ${argv.join(' ')}\`, which makes it again. ${isGood(summary) ? 'Every promise held.' : '**Not every promise held.**'}`,
    '',
    `- ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC, commit ${commit()}, Node ${process.versions.node}`,
    `- ${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GB, ${platform()} ${release()} ${arch()}`,
    `- seeds ${seeds}, ${summary.tenants} strangers (${outcomes.join(', ')}), ${summary.seconds} s`,
    `- ${summary.faults_injected} faults injected`,
    ...(declared > 0 ? [`- crash points: ${hit} of ${declared} hit`] : []),
    ...summary.not_at_rest.map((what) => `- did not come to rest: ${what}`),
    '',
    '## Promises',
    '',
    '| promise | | checked | violated |',
    '| --- | --- | --: | --: |',
    ...Object.entries(summary.invariants).map(
      ([id, { checked, violated }]) =>
        `| ${id} | ${sentences.get(id) ?? ''} | ${checked || 'not checked'} | ${violated} |`,
    ),
    '',
    '## Faults by kind',
    '',
    '| fault | injected |',
    '| --- | --: |',
    ...Object.entries(summary.faults_by_kind).map(([kind, count]) => `| ${kind} | ${count} |`),
    '',
    ...(groups.length > 0
      ? [
          '## Crash points by service and kind',
          '',
          'A process killed itself with SIGKILL once at each of them; what they are stands in decision 0017.',
          '',
          '| service | kind | declared | hit |',
          '| --- | --- | --: | --: |',
          ...groups.map((group) => `| ${group.service} | ${group.kind} | ${group.declared} | ${group.hit} |`),
          '',
        ]
      : []),
    ...(missing.length > 0 ? ['## Crash points not reached', '', ...missing.map((point) => `- \`${point}\``), ''] : []),
  ].join('\n');
}

export function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: import.meta.dirname, encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}
