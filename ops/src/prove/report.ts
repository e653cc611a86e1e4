import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { alertRules } from '../alerts/rules.js';
import type { Answers } from './ask-dashboards.js';
import type { Proof } from './tell.js';

const begin = '<!-- npm run alerts:prove writes from here -->';
const end = '<!-- to here -->';

const seconds = (value: number | null) => (value === null ? '**not heard**' : `${value.toFixed(1)} s`);

function seen({ neverSeen }: Answers): string {
  if (neverSeen.length === 0) return 'Every metric they read was seen in the run.';
  return `Never seen in the run, because nothing of the kind happened: ${neverSeen.map((name) => `\`${name}\``).join(', ')}.`;
}

/** The section of docs/operations.md: every alert of the rules, proven or not. */
export function section(proofs: readonly Proof[], answers: Answers, versions: string): string {
  const rows = alertRules().map(({ alert, labels }) => {
    const proof = proofs.find((one) => one.alert === alert);
    if (!proof) return `| ${alert} | ${labels['severity']} | **not tried** | | | |`;
    const { cause, firedAfterSeconds, end: over, resolvedAfterSeconds } = proof;
    return `| ${alert} | ${labels['severity']} | ${cause} | ${seconds(firedAfterSeconds)} | ${over} | ${seconds(resolvedAfterSeconds)} |`;
  });
  return [
    begin,
    '',
    `Run on ${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores, Linux ${release()}, ${versions}. Times count from the end of what was done; hours of the rules were shortened to seconds (\`ops/src/prove/faster.ts\`), thresholds and expressions were not.`,
    '',
    '| alert | wakes | the cause | fired after | its end | resolved after |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
    `Afterwards Prometheus was asked all ${answers.queries} queries of the dashboards: it refused ${answers.refused.length}, and ${answers.withData} had data at that moment. ${seen(answers)}`,
    '',
    end,
  ].join('\n');
}

/** Puts the section where its marks are, or at the end of the page. */
export function writeSection(file: string, text: string): void {
  const page = existsSync(file) ? readFileSync(file, 'utf8') : '# Operations\n';
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  const whole =
    from === -1
      ? `${page.trimEnd()}\n\n## Alerts, proven\n\n${text}\n`
      : page.slice(0, from) + text + page.slice(to + end.length);
  writeFileSync(file, whole);
}
