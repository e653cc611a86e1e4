import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { recordingRules } from '../alerts/rules.js';
import { repoDir } from '../repo.js';

/** Every name a query may read: what docs/metrics.md has, a histogram's three series, recording rules, and Prometheus' own `up`. */
export function knownMetrics(): Set<string> {
  const page = readFileSync(join(repoDir, 'docs/metrics.md'), 'utf8');
  const names = new Set(['up', ...recordingRules().map(({ record }) => record)]);
  for (const [, name = '', type] of page.matchAll(/^\| `(\w+)`\s*\| (\w+)/gm)) {
    if (type !== 'histogram') names.add(name);
    else for (const part of ['_bucket', '_sum', '_count']) names.add(name + part);
  }
  return names;
}
