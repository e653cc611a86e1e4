import { Migrator, type Migration } from '@mikro-orm/migrations';
import { defineConfig, MikroORM } from '@mikro-orm/postgresql';
import pg from 'pg';
import { ConfigError } from '../config/config.js';
import { grantRuntimeRole } from './grants.js';
import { Migration00000000000001_kit, Migration00000000000003_stream } from './kit-migration.js';
import { Migration00000000000004_tend_outbox } from './tend-outbox-migration.js';
import { Migration00000000000005_audit_chain } from './audit-chain-migration.js';
import { Migration00000000000002_operator_audit } from './operator-audit-migration.js';
import { vanishedClientBounds } from './orm.js';

export type MigrationClass = new (...args: ConstructorParameters<typeof Migration>) => Migration;

export interface MigrationOptions {
  /** As the owner of the tables. */
  databaseUrl: string;
  /** The service's own; the kit's come first. */
  migrations: MigrationClass[];
  /** Brings the job store's tables to the version of its library, over the same owner. */
  migrateJobs: (databaseUrl: string) => Promise<void>;
  /** Who works in the database afterwards. May be the owner himself; then nothing is granted. */
  runtimeRole: string;
}

/**
 * Brings the database to this version of the code and gives the runtime role what a service needs of it: rows, no tables.
 * Replicas that start together queue at a session lock, because MikroORM's migrator takes none (STACK section 4). Safe
 * to repeat; a database that is up to date costs a connection and some reads.
 */
export async function migrateDatabase(options: MigrationOptions): Promise<void> {
  const lock = new pg.Client({
    connectionString: options.databaseUrl,
    connectionTimeoutMillis: 5_000,
    options: vanishedClientBounds,
  });
  await lock.connect();
  try {
    await lock.query(`select pg_advisory_lock(hashtext('latchkey.migrate'))`);
    const orm = await migratorFor(options);
    try {
      await orm.migrator.up();
    } finally {
      await orm.close();
    }
    await options.migrateJobs(options.databaseUrl);
    await grantRuntimeRole(lock, options.runtimeRole);
  } finally {
    await lock.end();
  }
}

/** Throws ConfigError when the database is behind this version of the code; one that is ahead is fine, as in a rolling update. */
export async function requireMigrated(orm: MikroORM, migrations: MigrationClass[]): Promise<void> {
  const done = await orm.em
    .getConnection()
    .execute<{ name: string }[]>('select name from mikro_orm_migrations')
    .catch((error: { code?: string }) => {
      // There is no such table: a database that nobody has migrated.
      if (error.code === '42P01') return [];
      throw error;
    });
  const missing = withKit(migrations).filter((migration) => !done.some(({ name }) => name === migration.name));
  if (missing.length === 0) return;
  await orm.close();
  const names = missing.map(({ name }) => name).join(', ');
  throw new ConfigError(
    `The database is not migrated (${names}): run dist/migrate.js, or leave MIGRATE_AT_START unset.`,
  );
}

function withKit(migrations: MigrationClass[]): MigrationClass[] {
  return [
    Migration00000000000001_kit,
    Migration00000000000002_operator_audit,
    Migration00000000000003_stream,
    Migration00000000000004_tend_outbox,
    Migration00000000000005_audit_chain,
    ...migrations,
  ];
}

/** Without entities, so that nothing has to be discovered. */
function migratorFor({ databaseUrl, migrations }: MigrationOptions): Promise<MikroORM> {
  return MikroORM.init(
    defineConfig({
      clientUrl: databaseUrl,
      entities: [],
      extensions: [Migrator],
      discovery: { warnWhenNoEntities: false },
      pool: { min: 0, max: 2 },
      driverOptions: {
        application_name: 'migrations',
        options: `${vanishedClientBounds} -c timezone=UTC`,
        connectionTimeoutMillis: 5_000,
      },
      forceUtcTimezone: true,
      migrations: {
        migrationsList: withKit(migrations).map((migration) => ({ name: migration.name, class: migration })),
        snapshot: false,
        silent: true,
        allOrNothing: true,
      },
    }),
  );
}
