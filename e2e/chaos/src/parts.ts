/** A system of one's own and ways to break it, for whoever proves other things with them (ops, bench). */
export { Calendar } from './calendar.js';
export { countUnacknowledged, publishRaw } from './bus.js';
export { quiesce } from './quiesce.js';
export { commit } from './report-page.js';
export { Sandbox } from './sandbox.js';
export { CannotRun, System } from './system.js';
