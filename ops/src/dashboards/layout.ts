import type { GridPos } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Drawing, Row } from './panel.js';

const columns = 24;
const sizes: Record<Drawing, { w: number; h: number }> = {
  number: { w: 4, h: 4 },
  bars: { w: 8, h: 8 },
  pie: { w: 8, h: 8 },
  lines: { w: 12, h: 8 },
};

/** Where each row's title and its panels stand, in the order of the plan: panels of one height fill a line, then the next. */
export function layout(rows: readonly Row[]): GridPos[] {
  const places: GridPos[] = [];
  let y = 0;
  for (const { panels } of rows) {
    places.push({ x: 0, y: y++, w: columns, h: 1 });
    let x = 0;
    let lineHeight = 0;
    for (const { drawing } of panels) {
      const { w, h } = sizes[drawing];
      if (x + w > columns || (lineHeight > 0 && h !== lineHeight)) {
        y += lineHeight;
        x = 0;
      }
      places.push({ x, y, w, h });
      x += w;
      lineHeight = h;
    }
    y += lineHeight;
  }
  return places;
}
