import { expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { knownMetrics } from '../src/promql/known-metrics.js';
import { metricNames } from '../src/promql/metric-names.js';

interface GridPos {
  x: number;
  y: number;
  w: number;
  h: number;
}
interface Panel {
  id: number;
  type: string;
  title: string;
  description?: string;
  gridPos: GridPos;
  datasource?: { uid: string };
  fieldConfig?: { defaults: { unit?: string } };
  targets?: { expr: string; legendFormat?: string; datasource?: { uid: string } }[];
}
interface Dashboard {
  uid: string;
  title: string;
  editable: boolean;
  description: string;
  templating: { list: { type: string; name: string; query: string }[] };
  panels: Panel[];
}

const dir = join(import.meta.dirname, '../dashboards');
const dashboards = readdirSync(dir).map((name) => JSON.parse(readFileSync(join(dir, name), 'utf8')) as Dashboard);
const panels = dashboards.flatMap(({ title, panels }) =>
  panels.filter(({ type }) => type !== 'row').map((panel) => ({ dashboard: title, ...panel })),
);
const queries = panels.flatMap(({ dashboard, title, targets = [] }) =>
  targets.map((target) => ({ dashboard, title, ...target })),
);

// The rules of Grafana's own dashboard-linter that concern us; the linter itself is a Go program.
test('every dashboard has an address of its own, a data source to choose, and nobody edits it', () => {
  expect(new Set(dashboards.map(({ uid }) => uid)).size).toBe(dashboards.length);
  for (const { uid, title, description, editable, templating, panels: own } of dashboards) {
    expect(uid).toMatch(/^latchkey-[a-z]+$/);
    expect(title && description).toBeTruthy();
    expect(editable).toBe(false);
    expect(templating.list).toContainEqual(
      expect.objectContaining({ type: 'datasource', name: 'datasource', query: 'prometheus' }),
    );
    expect(new Set(own.map(({ id }) => id)).size).toBe(own.length);
  }
});

test('every panel has a title, a unit and words on what it means, and asks the chosen data source', () => {
  for (const { dashboard, title, description, fieldConfig, datasource, targets } of panels) {
    const where = `${dashboard}: ${title}`;
    expect(title).toBeTruthy();
    expect({ where, description }).toEqual({ where, description: expect.stringMatching(/\.$/) });
    expect({ where, unit: fieldConfig?.defaults.unit }).toEqual({ where, unit: expect.any(String) });
    expect({ where, uid: datasource?.uid }).toEqual({ where, uid: '${datasource}' });
    expect(targets?.length).toBeGreaterThan(0);
  }
});

test('no panel lies upon another', () => {
  for (const { title, panels: own } of dashboards)
    for (const a of own)
      for (const b of own) {
        const apart =
          a.id === b.id ||
          a.gridPos.x + a.gridPos.w <= b.gridPos.x ||
          b.gridPos.x + b.gridPos.w <= a.gridPos.x ||
          a.gridPos.y + a.gridPos.h <= b.gridPos.y ||
          b.gridPos.y + b.gridPos.h <= a.gridPos.y;
        expect({ title, a: a.title, b: b.title, apart }).toEqual({ title, a: a.title, b: b.title, apart: true });
      }
});

test('every query is PromQL, reads metrics that exist, names its series, and takes Grafana’s interval', () => {
  const known = knownMetrics();
  for (const { dashboard, title, expr, legendFormat, datasource } of queries) {
    const where = `${dashboard}: ${title}`;
    for (const name of metricNames(expr))
      expect({ where, name, known: known.has(name) }).toEqual({ where, name, known: true });
    expect(legendFormat).toBeTruthy();
    expect(datasource?.uid).toBe('${datasource}');
    for (const [, window] of expr.matchAll(/\[([^\]]+)\]/g)) expect(['$__rate_interval', '$__range']).toContain(window);
  }
});
