import { declareCrashPoints } from '../crash/crash-point.js';
import type { JobContract, JobData } from './job.js';
import type { JobRun } from './job-run.js';

export interface JobSchedule {
  name: string;
  /** Cron expression in UTC. One replica runs each occurrence. */
  cron: string;
}

export type JobBinding = { method: string } & ({ job: JobContract } | { schedule: JobSchedule });

const bindings = new WeakMap<object, JobBinding[]>();

function bind(target: object, binding: JobBinding): void {
  const name = 'job' in binding ? binding.job.name : binding.schedule.name;
  declareCrashPoints('job', name, 'claimed', 'completing', 'done');
  bindings.set(target, [...(bindings.get(target) ?? []), binding]);
}

/** The bindings that the decorators below left on a provider's prototype. */
export function jobBindingsOf(prototype: object): JobBinding[] {
  return bindings.get(prototype) ?? [];
}

/** Works off a job. The method runs outside of any transaction; `run.commit` is its door. */
export function OnJob<J extends JobContract>(job: J) {
  return (
    target: object,
    method: string,
    _descriptor: TypedPropertyDescriptor<(data: JobData<J>, run: JobRun) => Promise<void>>,
  ): void => bind(target, { method, job });
}

/** Runs on a cron schedule, once over all replicas. */
export function OnSchedule(schedule: JobSchedule) {
  return (target: object, method: string, _descriptor: TypedPropertyDescriptor<(run: JobRun) => Promise<void>>): void =>
    bind(target, { method, schedule });
}
