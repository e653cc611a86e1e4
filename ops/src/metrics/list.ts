import { owners } from '@latchkey/contracts';
import { measureProcess } from '@latchkey/shared/observability';
import '@latchkey/shared/service';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { register } from 'prom-client';
import { repoDir } from '../repo.js';

/** A metric as its declaration says it. */
export interface DeclaredMetric {
  name: string;
  type: string;
  help: string;
  labels: string[];
}

/** Who declares what; `every service` are the kit's, which all have. */
export type DeclaredMetrics = Record<string, DeclaredMetric[]>;

/**
 * Loads the built services without starting them: all metrics are declared where a module is loaded, so what is
 * registered then is what `/metrics` can ever show.
 */
export async function listMetrics(): Promise<DeclaredMetrics> {
  const seen = new Set<string>();
  const fresh = async (): Promise<DeclaredMetric[]> => {
    const values = await register.getMetricsAsJSON();
    const added = values.filter(({ name }) => !seen.has(name));
    for (const { name } of added) seen.add(name);
    return added
      .map(({ name, help, type }) => {
        const { labelNames } = register.getSingleMetric(name) as unknown as { labelNames: string[] };
        return { name, type: String(type), help, labels: labelNames };
      })
      .sort((a, b) => a.name.localeCompare(b.name));
  };
  measureProcess();
  const found: DeclaredMetrics = { 'every service': await fresh() };
  for (const owner of owners) {
    await import(pathToFileURL(join(repoDir, `apps/${owner}/dist/service.js`)).href);
    found[owner] = await fresh();
  }
  return found;
}
