import { join } from 'node:path';
import { format } from 'prettier';
import { buildDashboard } from './dashboards/build.js';
import { dashboards } from './dashboards/index.js';
import { listMetrics } from './metrics/list.js';
import { metricsPage } from './metrics/page.js';
import { repoDir } from './repo.js';

/** Every file that is written from code: its path in the checkout and what it must say. */
export async function generatedFiles(): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  files.set('docs/metrics.md', metricsPage(await listMetrics()));
  for (const plan of dashboards)
    files.set(
      `ops/dashboards/${plan.uid.replace('latchkey-', '')}.json`,
      JSON.stringify(buildDashboard(plan), null, 2),
    );
  const formatted = [...files].map(
    async ([path, text]) =>
      [path, await format(text, { singleQuote: true, printWidth: 120, filepath: join(repoDir, path) })] as const,
  );
  return new Map(await Promise.all(formatted));
}
