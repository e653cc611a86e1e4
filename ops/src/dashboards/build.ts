import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DatasourceVariableBuilder,
  RowBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { ReduceDataOptionsBuilder } from '@grafana/grafana-foundation-sdk/common';
import { PanelBuilder as Bars } from '@grafana/grafana-foundation-sdk/bargauge';
import { PanelBuilder as Pie } from '@grafana/grafana-foundation-sdk/piechart';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as Number } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as Lines } from '@grafana/grafana-foundation-sdk/timeseries';
import { layout } from './layout.js';
import type { DashboardPlan, Panel } from './panel.js';

const datasource = { type: 'prometheus', uid: '${datasource}' };
const lastValue = () => new ReduceDataOptionsBuilder().calcs(['lastNotNull']);
function visualization({ drawing }: Panel) {
  if (drawing === 'lines') return new Lines().fillOpacity(10).min(0);
  if (drawing === 'pie') return new Pie().reduceOptions(lastValue());
  if (drawing === 'bars') return new Bars().reduceOptions(lastValue()).min(0);
  return new Number().reduceOptions(lastValue());
}

function built(panel: Panel) {
  const builder = visualization(panel)
    .title(panel.title)
    .description(panel.description)
    .unit(panel.unit)
    .datasource(datasource);
  for (const [index, { expr, legend }] of panel.queries.entries()) {
    const query = new DataqueryBuilder()
      .expr(expr)
      .legendFormat(legend)
      .datasource(datasource)
      .refId(String.fromCharCode(65 + index));
    builder.withTarget((panel.drawing === 'lines' ? query.range() : query.instant()) as Builder<Dataquery>);
  }
  return builder;
}

/** Grafana's JSON of a plan. Nobody edits it in the browser: it would be gone with the next start. */
export function buildDashboard({ uid, title, description, from, rows }: DashboardPlan): Dashboard {
  const dashboard = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(['latchkey'])
    .readonly()
    .refresh('30s')
    .time({ from, to: 'now' })
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'));
  for (const row of rows) {
    dashboard.withRow(new RowBuilder(row.title));
    for (const panel of row.panels) dashboard.withPanel(built(panel));
  }
  const json = dashboard.build();
  const places = layout(rows);
  for (const [index, panel] of (json.panels ?? []).entries())
    Object.assign(panel, { id: index + 1, gridPos: places[index] });
  return json;
}
