export * from './job.js';
export { JobRun } from './job-run.js';
export * from './on-job.js';
export { idsWithLiveJob } from './live-jobs.js';
