import type { Pool, PoolClient } from 'pg';

/** Long enough for whoever holds the client to have noticed and given it back by himself. */
const graceMs = 1_000;

/**
 * Gives the places of dead connections back to the pool. Kysely (0.29) releases a transaction's connection only after
 * its COMMIT or ROLLBACK has succeeded, which on a dead connection never happens: each restart of PostgreSQL would
 * occupy one place per open transaction for ever, until no statement gets a connection any more.
 */
export function releaseDeadClients(pool: Pool): void {
  pool.on('connect', (client) => {
    client.once('end', () => {
      const timer = setTimeout(() => {
        try {
          (client as PoolClient).release(true);
        } catch {
          // It was given back properly; the pool refuses a second time.
        }
      }, graceMs);
      timer.unref();
    });
  });
}
