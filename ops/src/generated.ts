import { join } from 'node:path';
import { format } from 'prettier';
import { listMetrics } from './metrics/list.js';
import { metricsPage } from './metrics/page.js';
import { repoDir } from './repo.js';

/** Every file that is written from code: its path in the checkout and what it must say. */
export async function generatedFiles(): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  files.set('docs/metrics.md', metricsPage(await listMetrics()));
  const formatted = [...files].map(
    async ([path, text]) =>
      [path, await format(text, { singleQuote: true, printWidth: 120, filepath: join(repoDir, path) })] as const,
  );
  return new Map(await Promise.all(formatted));
}
