/** How a panel draws what its queries answer. */
export type Drawing = 'lines' | 'number' | 'bars' | 'pie';

export interface Query {
  expr: string;
  /** Names the series, with labels in double braces. */
  legend: string;
}

/** One panel as its author thinks of it; `build.ts` makes Grafana's JSON of it. */
export interface Panel {
  drawing: Drawing;
  title: string;
  /** What it means and when to worry: shown at the panel's corner. */
  description: string;
  /** Grafana's name of the unit. */
  unit: string;
  queries: Query[];
}

export interface Row {
  title: string;
  panels: Panel[];
}

export interface DashboardPlan {
  /** Stable, because links and bookmarks hold it. */
  uid: string;
  title: string;
  description: string;
  /** The usual span of time, such as `now-24h`. */
  from: string;
  rows: Row[];
}

const panel =
  (drawing: Drawing) =>
  (title: string, unit: string, description: string, ...queries: [expr: string, legend: string][]): Panel => ({
    drawing,
    title,
    unit,
    description,
    queries: queries.map(([expr, legend]) => ({ expr, legend })),
  });

export const lines = panel('lines');
export const number = panel('number');
export const bars = panel('bars');
export const pie = panel('pie');

/** The p-th part of a histogram over the panel's interval. */
export function quantile(p: number, histogram: string, by: string, selector = ''): string {
  const labels = ['le', by].filter(Boolean).join(', ');
  return `histogram_quantile(${p}, sum by (${labels}) (rate(${histogram}_bucket${selector}[$__rate_interval])))`;
}
