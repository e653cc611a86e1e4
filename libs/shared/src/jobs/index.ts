export * from './job.js';
export { ClaimLost, JobRun } from './job-run.js';
export * from './on-job.js';
export { Jobs } from './jobs.js';
export { idsWithLiveJob } from './live-jobs.js';
