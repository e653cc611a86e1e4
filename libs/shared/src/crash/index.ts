export * from './crash-files.js';
export { crashPoint, declareCrashPoints, switchOffCrashPoints, switchOnCrashPoints } from './crash-point.js';
export { HarnessClock, setClocksAhead } from './harness-clock.js';
