import { Migrator, type Migration } from '@mikro-orm/migrations';
import { defineConfig, MikroORM, type EntityClass } from '@mikro-orm/postgresql';
import pg from 'pg';
import { Migration00000000000001_kit, Migration00000000000003_stream } from './kit-migration.js';
import { Migration00000000000002_operator_audit } from './operator-audit-migration.js';
import { PgClient } from './pg-client.js';
import { QuickDriver } from './quick-driver.js';
import { releaseDeadClients } from './release-dead-clients.js';

export type MigrationClass = new (...args: ConstructorParameters<typeof Migration>) => Migration;

export interface OrmOptions {
  service: string;
  databaseUrl: string;
  poolMax: number;
  entities: EntityClass<unknown>[];
  migrations: MigrationClass[];
}

/**
 * Bounds for every statement of a service: a lost client or a forgotten transaction must free its locks by itself,
 * long before a job's or a message's time limit.
 */
export const sessionBounds =
  '-c statement_timeout=15000 -c lock_timeout=8000 -c idle_in_transaction_session_timeout=20000 -c timezone=UTC';

export async function createOrm(options: OrmOptions): Promise<MikroORM> {
  return MikroORM.init(
    defineConfig({
      driver: QuickDriver,
      clientUrl: options.databaseUrl,
      entities: options.entities,
      extensions: [Migrator],
      discovery: { warnWhenNoEntities: false },
      pool: { min: 0, max: options.poolMax },
      driverOptions: {
        application_name: options.service,
        options: sessionBounds,
        connectionTimeoutMillis: 5_000,
        keepAlive: true,
        Client: PgClient,
        onPoolCreated: releaseDeadClients,
      },
      forceUtcTimezone: true,
      schemaGenerator: { ignoreSchema: ['kit', 'pgboss'] },
      migrations: {
        migrationsList: [
          Migration00000000000001_kit,
          Migration00000000000002_operator_audit,
          Migration00000000000003_stream,
          ...options.migrations,
        ].map((migration) => ({ name: migration.name, class: migration })),
        snapshot: false,
        silent: true,
        allOrNothing: true,
      },
    }),
  );
}

/**
 * Brings the database to this version of the code. MikroORM's migrator takes no lock, and three replicas starting
 * together would fail on each other (STACK section 4), so a session lock on a connection of its own makes them queue.
 */
export async function migrate(orm: MikroORM, databaseUrl: string): Promise<void> {
  const lock = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5_000 });
  await lock.connect();
  try {
    await lock.query(`select pg_advisory_lock(hashtext('latchkey.migrate'))`);
    await orm.migrator.up();
  } finally {
    await lock.end();
  }
}

/** The SQL that would bring the migrated database to what the entities say; empty when they agree. A test's gate. */
export async function schemaDrift(orm: MikroORM): Promise<string> {
  return (await orm.schema.getUpdateSchemaSQL({ wrap: false })).trim();
}
