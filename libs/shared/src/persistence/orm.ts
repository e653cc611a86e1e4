import { defineConfig, MikroORM, type EntityClass } from '@mikro-orm/postgresql';
import { PgClient } from './pg-client.js';
import { QuickDriver } from './quick-driver.js';
import { QuickEntityManager } from './quick-entity-manager.js';
import { releaseDeadClients } from './release-dead-clients.js';

export interface OrmOptions {
  service: string;
  databaseUrl: string;
  poolMax: number;
  entities: EntityClass<unknown>[];
}

/**
 * For PostgreSQL's end of a connection: a client whose machine vanished lets go of its locks after 20 s, whether the server
 * waits for it or has something left to send. Linux' own two hours would keep the relay's lock, and with it all facts, from
 * the replica that took over. Over a socket file it is ignored.
 */
export const vanishedClientBounds =
  '-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=2 -c tcp_user_timeout=20000';

/**
 * Bounds for every statement of a service: a lost client or a forgotten transaction must free its locks by itself,
 * long before a job's or a message's time limit.
 */
export const sessionBounds = `${vanishedClientBounds} -c statement_timeout=15000 -c lock_timeout=8000 -c idle_in_transaction_session_timeout=20000 -c timezone=UTC`;

/** How long a connection that nobody needs is kept. */
export const connectionIdleMs = 60_000;

export async function createOrm(options: OrmOptions): Promise<MikroORM> {
  return MikroORM.init(
    defineConfig({
      driver: QuickDriver,
      entityManager: QuickEntityManager,
      clientUrl: options.databaseUrl,
      entities: options.entities,
      discovery: { warnWhenNoEntities: false },
      pool: { min: 0, max: options.poolMax },
      driverOptions: {
        application_name: options.service,
        options: sessionBounds,
        connectionTimeoutMillis: 5_000,
        // A new connection plans everything anew; ten seconds, the pool's own, ended each quiet spell with that.
        idleTimeoutMillis: connectionIdleMs,
        keepAlive: true,
        Client: PgClient,
        onPoolCreated: releaseDeadClients,
      },
      forceUtcTimezone: true,
      schemaGenerator: { ignoreSchema: ['kit', 'pgboss'] },
    }),
  );
}

/** The SQL that would bring the migrated database to what the entities say; empty when they agree. A test's gate. */
export async function schemaDrift(orm: MikroORM): Promise<string> {
  return (await orm.schema.getUpdateSchemaSQL({ wrap: false })).trim();
}
