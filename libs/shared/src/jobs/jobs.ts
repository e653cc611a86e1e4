import { Injectable } from '@nestjs/common';
import type { EntityManager } from '@mikro-orm/postgresql';
import { PgBoss, type Queue as BossQueue } from 'pg-boss';
import { z } from 'zod';
import type { Log } from '../observability/logger.js';
import { em, query, queryWithCommit, type PendingJob } from '../persistence/transaction.js';
import type { Door, WrittenJobs } from '../persistence/door.js';
import { connectionIdleMs, sessionBounds } from '../persistence/orm.js';
import { delay } from '../time/delay.js';
import { PgClient } from '../persistence/pg-client.js';
import { Claim } from './claim.js';
import { defineJob, type JobContract } from './job.js';
import { jobBindingsOf } from './on-job.js';
import { Queue } from './queue.js';

/** Jobs nobody could finish. They wait here for an operator, and longer than pg-boss's own two weeks. */
export const deadJobsQueue = 'dead-jobs';
const deadJobsKept = { retryLimit: 0, retentionSeconds: 365 * 86_400 };

interface BacklogRow {
  name: string;
  jobs: number;
  oldest_seconds: number;
}

const nothing = z.object({});

const schema = 'pgboss';

/** Brings pg-boss' own tables to the version of the library, indexes that it builds in the background included. */
export async function migrateJobs(databaseUrl: string): Promise<void> {
  const boss = new PgBoss({
    connectionString: databaseUrl,
    application_name: 'migrations',
    max: 2,
    schema,
    supervise: false,
    schedule: false,
    registerInstance: false,
    openTelemetry: { enabled: false },
  });
  const failures: unknown[] = [];
  boss.on('error', (error) => failures.push(error));
  await boss.start();
  try {
    const deadline = performance.now() + 600_000;
    while ((await unbuiltIndexes(boss)) > 0 && failures.length === 0 && performance.now() < deadline) await delay(250);
    if (failures.length > 0) throw failures[0];
  } finally {
    await boss.stop({ graceful: false, close: true });
  }
}

async function unbuiltIndexes(boss: PgBoss): Promise<number> {
  const { rows } = await boss
    .getDb()
    .executeSql(`select count(*)::int as count from ${schema}.bam where status in ('pending', 'in_progress')`);
  return (rows[0] as { count: number }).count;
}

/** The bound on how late a job starts that no commit of this process has queued. */
const lookMs = 500;

/**
 * The service's due work on pg-boss. Claims die with their process: without a heartbeat for `heartbeatSeconds` the
 * monitor gives the job to somebody else, so a killed worker's job is back within about 15 s.
 */
@Injectable()
export class Jobs {
  private readonly boss: PgBoss;
  private readonly queues = new Map<string, Queue>();
  private watch: NodeJS.Timeout | undefined;
  private looking = false;

  constructor(
    private readonly service: string,
    databaseUrl: string,
    private readonly door: Door,
    private readonly log: Log,
  ) {
    this.boss = new PgBoss({
      connectionString: databaseUrl,
      application_name: `${service}-jobs`,
      options: sessionBounds,
      max: 4,
      schema,
      superviseIntervalSeconds: 5,
      monitorIntervalSeconds: 5,
      cronMonitorIntervalSeconds: 15,
      registerInstance: false,
      // The owner of the tables does (migrateJobs); a service may not be allowed to.
      migrate: false,
      openTelemetry: { enabled: false },
      // Handed on to its pg.Pool, though its typings do not list it.
      ...{ Client: PgClient, idleTimeoutMillis: connectionIdleMs },
    });
    this.boss.on('error', (error) => this.log.warn('The job store is not answering.', { err: error }));
  }

  /** Makes the queues and starts to work. `providers` are the service's instances, whose decorated methods handle jobs. */
  async start(providers: object[]): Promise<void> {
    await this.boss.start();
    await this.boss.createQueue(deadJobsQueue, deadJobsKept);
    await this.boss.updateQueue(deadJobsQueue, deadJobsKept);
    for (const provider of providers) {
      const methods = provider as Record<string, (...args: unknown[]) => Promise<void>>;
      for (const binding of jobBindingsOf(Object.getPrototypeOf(provider) as object)) {
        const call = methods[binding.method]!.bind(provider);
        if ('job' in binding) {
          await this.open(binding.job, (data, run) => call(data, run));
        } else {
          const { name, cron } = binding.schedule;
          await this.open(
            defineJob({ name, data: nothing, tries: 1, concurrency: 1, timeoutSeconds: 120, scheduled: true }),
            (_data, run) => call(run),
          );
          await this.boss.schedule(name, cron, {});
        }
      }
    }
    for (const queue of this.queues.values()) queue.start();
    this.watch = setInterval(() => void this.ringDue(), lookMs);
  }

  /**
   * Puts a dead job back into its queue, in the open door's commit. False when it is not among the dead jobs any more,
   * or when its queue holds a job with the same key: that one does the work.
   */
  async reviveHere(deadJobId: string): Promise<boolean> {
    const moved = await this.boss.redrive(deadJobsQueue, { ids: [deadJobId], db: transactionOf(em()) });
    return moved === 1;
  }

  /**
   * Called by the door inside its transaction: the jobs exist if and only if the commit does. As many as this process has
   * room for are its own from the beginning: they start when the commit is answered, without being looked for.
   */
  async writeJobs(em: EntityManager, jobs: PendingJob[]): Promise<WrittenJobs> {
    const db = {
      executeSql: async (text: string, values?: unknown[]) => {
        await queryWithCommit(em, text, values ?? []);
        return { rows: [] };
      },
    };
    const claims: Claim[] = [];
    const forget = () => claims.forEach((claim) => claim.forget());
    try {
      for (const [name, group] of Map.groupBy(jobs, (job) => job.queue)) {
        const queue = this.queues.get(name);
        if (!queue) throw new Error(`Nobody works off ${name}: no @OnJob for it in ${this.service}.`);
        const rows = group.map(({ id, data, afterSeconds, key }) => ({
          id,
          data,
          ...(afterSeconds ? { startAfter: afterSeconds } : {}),
          ...(key ? { singletonKey: key } : {}),
        }));
        await this.boss.insert(name, rows, { db });
        claims.push(new Claim(queue, group, em));
      }
    } catch (error) {
      forget();
      throw error;
    }
    return {
      // All before any is started: one that failed has rolled back the others too.
      confirm: async () => void (await Promise.all(claims.map((claim) => claim.confirm()))),
      start: () => claims.forEach((claim) => claim.start()),
      forget,
    };
  }

  worksOff(queue: string): boolean {
    return this.queues.has(queue);
  }

  /** True when nothing runs and nothing is due; jobs for later do not count. */
  async isIdle(): Promise<boolean> {
    if (![...this.queues.values()].every((queue) => queue.isIdle)) return false;
    const { rows } = await this.boss.getDb().executeSql(
      `select count(*)::int as due from pgboss.job
       where name = any($1) and (state = 'active' or (state in ('created', 'retry') and start_after <= now()))`,
      [[...this.queues.keys()]],
    );
    return (rows[0] as { due: number }).due === 0;
  }

  /** Of each queue, what is due and nobody has taken; and how many dead jobs wait for an operator. */
  async backlog(): Promise<{ due: { name: string; jobs: number; oldestSeconds: number }[]; dead: number }> {
    const names = [...this.queues.keys()];
    const { rows } = await this.boss.getDb().executeSql(
      `select name, count(*)::int as jobs, extract(epoch from now() - min(start_after))::float8 as oldest_seconds
       from pgboss.job where name = any($1) and state in ('created', 'retry') and start_after <= now() group by name
       union all
       select name, count(*)::int, 0 from pgboss.job where name = $2 and state = 'created' group by name`,
      [names, deadJobsQueue],
    );
    const found = new Map((rows as BacklogRow[]).map((row) => [row.name, row]));
    const due = names.map((name) => {
      const { jobs = 0, oldest_seconds: oldestSeconds = 0 } = found.get(name) ?? {};
      return { name, jobs, oldestSeconds };
    });
    return { due, dead: found.get(deadJobsQueue)?.jobs ?? 0 };
  }

  async stop(graceMs: number): Promise<void> {
    clearInterval(this.watch);
    await Promise.all([...this.queues.values()].map((queue) => queue.stop(graceMs)));
    await this.boss.stop({ graceful: false, close: true });
  }

  /** One look for all queues: jobs that fell due, and those that other replicas have queued. */
  private async ringDue(): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    try {
      const { rows } = await this.boss
        .getDb()
        .executeSql(
          `select distinct name from pgboss.job where name = any($1) and state in ('created', 'retry') and start_after <= now()`,
          [[...this.queues.keys()]],
        );
      for (const { name } of rows as { name: string }[]) this.queues.get(name)?.ring();
    } catch (error) {
      this.log.warn('Due jobs cannot be looked for; trying again.', { err: error });
    } finally {
      this.looking = false;
    }
  }

  private async open(contract: JobContract, handler: ConstructorParameters<typeof Queue>[2]): Promise<void> {
    if (this.queues.has(contract.name)) throw new Error(`Two methods work off ${contract.name}.`);
    const options: Omit<BossQueue, 'name'> = {
      retryLimit: contract.tries - 1,
      retryDelay: contract.backoffSeconds,
      retryBackoff: true,
      retryDelayMax: contract.backoffMaxSeconds,
      expireInSeconds: contract.timeoutSeconds + 15,
      heartbeatSeconds: 10,
      deleteAfterSeconds: 6 * 3_600,
      retentionSeconds: 90 * 86_400,
    };
    await this.boss.createQueue(contract.name, { ...options, ...(contract.onePerKey ? { policy: 'short' } : {}) });
    const deadLetter = contract.scheduled ? null : deadJobsQueue;
    await this.boss.updateQueue(contract.name, { ...options, deadLetter });
    this.queues.set(contract.name, new Queue(this.service, contract, handler, this.boss, this.door, this.log));
  }
}

/** pg-boss works in whatever transaction this speaks to. */
function transactionOf(entityManager: EntityManager) {
  return {
    executeSql: async (text: string, values?: unknown[]) => ({
      rows: await query<unknown>(entityManager, text, values ?? []),
    }),
  };
}
