import type { System } from '@latchkey/chaos/parts';
import { owners, type Owner } from '@latchkey/contracts';
import { setTimeout as sleep } from 'node:timers/promises';
import { metricsUrl } from './looks.js';

/** A scheduled job that ran once because it was asked to. */
export interface ScheduledRun {
  owner: Owner;
  name: string;
  ms: number;
}

const withinMs = 150_000;

/** Every scheduled job of every service once, as if its minute had come: whatever looks at all tenants is among them. */
export async function runSchedules(system: System): Promise<ScheduledRun[]> {
  const runs: ScheduledRun[] = [];
  for (const owner of owners) {
    const schedules = await system.sql<{ name: string }>(owner, 'select name from pgboss.schedule order by name');
    for (const { name } of schedules) runs.push({ owner, name, ms: await runOne(system, owner, name) });
  }
  return runs;
}

async function runOne(system: System, owner: Owner, name: string): Promise<number> {
  const before = await spentOn(system, owner, name);
  await system.sql(
    owner,
    `insert into pgboss.job (name, data, retry_limit, expire_seconds, deletion_seconds, policy)
     select name, '{}', 0, 150, 3600, policy from pgboss.queue where name = $1`,
    [name],
  );
  for (const deadline = performance.now() + withinMs; performance.now() < deadline; await sleep(100)) {
    const after = await spentOn(system, owner, name);
    // Its own minute may come meanwhile: then it is the mean of both.
    if (after.runs > before.runs) return ((after.seconds - before.seconds) / (after.runs - before.runs)) * 1_000;
  }
  throw new Error(`The job ${name} of ${owner} did not end.`);
}

/** From the service's own measurement; a job's row tells only when its last transaction began. */
async function spentOn(system: System, owner: Owner, name: string): Promise<{ runs: number; seconds: number }> {
  const text = await (await fetch(metricsUrl(system, owner))).text();
  const read = (what: string) => {
    const line = text
      .split('\n')
      .find(
        (one) =>
          one.startsWith(`job_duration_seconds_${what}{`) &&
          one.includes(`queue="${name}"`) &&
          one.includes('outcome="done"'),
      );
    return Number(line?.split(' ').at(-1) ?? 0);
  };
  return { runs: read('count'), seconds: read('sum') };
}
