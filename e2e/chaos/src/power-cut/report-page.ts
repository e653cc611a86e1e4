import { isGood, type Summary } from '../report.js';
import { commit } from '../report-page.js';
import { powerCutSentence } from './acknowledged.js';
import type { Cut } from './run.js';

/** What the power cuts found. */
export function powerCutPage(summary: Summary, cuts: readonly Cut[], argv: readonly string[]): string {
  const outcomes = Object.entries(summary.outcomes).map(([name, count]) => `${count} ${name}`);
  const checked = Object.entries(summary.invariants).filter(([, verdict]) => verdict.checked > 0);
  const broken = checked
    .filter(([, { violated }]) => violated > 0)
    .map(([id, { violated }]) => `${id} ${violated} times`);
  const kept = summary.invariants['I-28']!;
  return [
    '# Power cuts',
    '',
    `Written by \`npm run power-cut -- ${argv.join(' ')}\` (Linux, root): PostgreSQL, NATS and all services on an ext4 that is shut`,
    'down without flushing its journal, every process killed, the disk mounted again. The vendors keep their power.',
    `${isGood(summary) ? 'Every promise held.' : '**Not every promise held.**'}`,
    '',
    `- ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC, commit ${commit()}, seed ${String(summary.seed)}, ${summary.seconds} s`,
    `- ${summary.tenants} strangers: ${outcomes.join(', ')}`,
    `- I-28, ${powerCutSentence}: ${kept.checked} looked up, ${kept.violated} lost`,
    `- the other promises: ${checked.map(([id, verdict]) => `${id} (${verdict.checked})`).join(', ')}; violated: ${broken.join(', ') || 'none'}`,
    ...summary.not_at_rest.map((what) => `- did not come to rest: ${what}`),
    '',
    '| cut | strangers under way | promises made before it | everything back after |',
    '| --- | --: | --: | --: |',
    ...cuts.map(
      ({ underWay, promises, downMs }, index) =>
        `| ${index + 1} | ${underWay} | ${promises} | ${(downMs / 1_000).toFixed(1)} s |`,
    ),
    '',
  ].join('\n');
}
