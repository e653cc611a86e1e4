import type { System } from '@latchkey/chaos/parts';
import { owners, type Owner } from '@latchkey/contracts';

/** What PostgreSQL counted of one statement of one service. */
export interface Statement {
  owner: Owner;
  text: string;
  calls: number;
  meanMs: number;
  /** Of 8 KiB, read in or found in memory, each call: that does not depend on what else the machine does. */
  meanPages: number;
}

/** Has PostgreSQL count its statements; it must begin anew for that, and the services bear it. */
export async function countStatements(system: System): Promise<void> {
  await system.sql('analytics', `alter system set shared_preload_libraries = 'pg_stat_statements'`);
  await system.signal('postgres', 'SIGINT');
  const ready = await system.isReady(60_000);
  if (ready !== true) throw new Error(`${ready} is not back after PostgreSQL was started anew.`);
  for (const owner of owners) await system.sql(owner, 'create extension if not exists pg_stat_statements');
}

export async function forgetStatements(system: System): Promise<void> {
  await system.sql('analytics', 'select pg_stat_statements_reset()');
}

/** All since `forgetStatements`, of the services and not of this bench. */
export async function readStatements(system: System): Promise<Statement[]> {
  const all = await Promise.all(
    owners.map((owner) =>
      system.sql<Statement>(
        owner,
        `select $1::text as owner, regexp_replace(min(query), '\\s+', ' ', 'g') as text, sum(calls)::int as calls,
           sum(total_exec_time) / sum(calls) as "meanMs", sum(shared_blks_hit + shared_blks_read)::float8 / sum(calls) as "meanPages"
         from pg_stat_statements s join pg_database d on d.oid = s.dbid
         where d.datname = current_database() and query !~* 'pg_stat_statements|bench|^(vacuum|checkpoint|analyze)' and calls > 0
         group by queryid`,
        [owner],
      ),
    ),
  );
  return all.flat();
}
