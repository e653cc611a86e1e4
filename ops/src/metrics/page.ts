import { labelBounds } from './labels.js';
import type { DeclaredMetric, DeclaredMetrics } from './list.js';

/** docs/metrics.md. Throws when a label has no bound, or when a bound is of no label any more. */
export function metricsPage(metrics: DeclaredMetrics): string {
  const all = Object.values(metrics).flat();
  const used = new Set(all.flatMap(({ labels }) => labels));
  for (const { name, labels } of all)
    for (const label of labels)
      if (!(label in labelBounds))
        throw new Error(`${name} has the label ${label}: say in ops/src/metrics/labels.ts what bounds its values.`);
  for (const label of Object.keys(labelBounds))
    if (!used.has(label)) throw new Error(`No metric has the label ${label} any more: ops/src/metrics/labels.ts.`);
  return [
    '# Metrics',
    '',
    'Written from the code by `npm run ops:generate`; a test fails when it is stale. Names follow Prometheus: the unit last, counters end in `_total`. Each replica answers `/metrics` on `METRICS_PORT`. States of databases and of the bus are looked up when they are asked for, so all replicas say the same: take the largest, not the sum.',
    '',
    '| metric | type | labels | meaning |',
    '| --- | --- | --- | --- |',
    ...Object.entries(metrics).flatMap(([service, own]) => [`| **${service}** | | | |`, ...own.map(row)]),
    '',
    '## Labels',
    '',
    'Each value of a label is a series in Prometheus’ memory. None of them is a tenant, an address, a path or an id.',
    '',
    '| label | its values |',
    '| --- | --- |',
    ...[...used].sort().map((label) => `| \`${label}\` | ${labelBounds[label]} |`),
    '',
  ].join('\n');
}

function row({ name, type, labels, help }: DeclaredMetric): string {
  return `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help.replaceAll('|', '\\|')} |`;
}
