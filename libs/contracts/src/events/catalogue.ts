import type { EventContract } from './event.js';
import * as listed from './index.js';

/** The events of `index.ts`, by the names they have there. */
export const events = listed satisfies Record<string, EventContract>;

export const eventsByType: ReadonlyMap<string, EventContract> = new Map(
  Object.values(events).map((event) => [event.type, event]),
);
