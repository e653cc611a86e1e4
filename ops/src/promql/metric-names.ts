import { parser } from '@prometheus-io/lezer-promql';

/** What Grafana puts in before it asks; only then is a query PromQL. */
export function withoutVariables(query: string): string {
  return query
    .replaceAll('$__rate_interval', '5m')
    .replaceAll('$__range', '6h')
    .replace(/\$\{?\w+\}?/g, '.*');
}

/** The metrics a query reads. Throws when it is no PromQL. */
export function metricNames(query: string): string[] {
  const text = withoutVariables(query);
  const names = new Set<string>();
  parser.parse(text).iterate({
    enter: ({ type, from, to }) => {
      if (type.isError) throw new Error(`No PromQL at "${text.slice(Math.max(0, from - 20), to + 20)}": ${text}`);
      if (type.name === 'Identifier') names.add(text.slice(from, to));
    },
  });
  return [...names];
}
