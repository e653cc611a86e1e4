import { dashboards } from '../dashboards/index.js';
import { metricNames, withoutVariables } from '../promql/metric-names.js';
import type { Monitoring } from './monitoring.js';

export interface Answers {
  queries: number;
  withData: number;
  /** Queries that Prometheus refused, with its complaint. */
  refused: string[];
  /** Metrics that no service has shown in the whole run. */
  neverSeen: string[];
}

/** Asks the live Prometheus every query of every dashboard. */
export async function askDashboards(monitoring: Monitoring): Promise<Answers> {
  const exprs = dashboards.flatMap(({ title, rows }) =>
    rows.flatMap(({ panels }) => panels.flatMap((panel) => panel.queries.map(({ expr }) => ({ title, panel, expr })))),
  );
  const answers: Answers = { queries: exprs.length, withData: 0, refused: [], neverSeen: [] };
  for (const { title, panel, expr } of exprs) {
    try {
      if ((await monitoring.query(withoutVariables(expr))).length > 0) answers.withData += 1;
    } catch (error) {
      answers.refused.push(`${title}, ${panel.title}: ${(error as Error).message}`);
    }
  }
  for (const name of new Set(exprs.flatMap(({ expr }) => metricNames(expr))))
    if ((await monitoring.query(`max_over_time(${name}[6h])`)).length === 0) answers.neverSeen.push(name);
  return answers;
}

/** Series with an id of a tenant or an address in a label: there must be none, however many people there were. */
export async function tenantsInMetrics(monitoring: Monitoring): Promise<string[]> {
  const all = await monitoring.query('last_over_time({__name__=~".+"}[6h])');
  return all
    .map(({ metric }) => JSON.stringify(metric))
    .filter((text) => /tenant_[\w-]{16}|[\w.-]+@[\w.-]+/.test(text));
}
