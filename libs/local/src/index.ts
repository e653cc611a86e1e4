export { cacheDir } from './cache-dir.js';
export { databaseAnswers, databaseResponds, dropDatabase, ensureDatabase } from './databases.js';
export { findNatsServer, type FindNatsOptions } from './nats-binary.js';
export { natsIsHealthy, startNats, type NatsOptions, type RunningNats } from './nats.js';
export { freePort, isPortFree, waitForPort } from './ports.js';
export { startPostgres, type PostgresOptions, type RunningPostgres } from './postgres.js';
export { findProgram, findPrometheus } from './prometheus-binaries.js';
export { LocalProblem } from './problem.js';
export { isProcessRunning } from './process-table.js';
export {
  hasExited,
  isAlive,
  sendSignal,
  stopChild,
  tieToThisProcess,
  waitUntilGone,
  type StopOptions,
} from './processes.js';
