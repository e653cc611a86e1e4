import type { System } from '@latchkey/chaos/parts';
import { portOffsets } from '@latchkey/contracts';
import pg from 'pg';

/** Lets `work` have a database of its own in the system's PostgreSQL, with so many connections, and drops it afterwards. */
export async function withDatabase<T>(
  system: System,
  name: string,
  connections: number,
  work: (pool: pg.Pool) => Promise<T>,
): Promise<T> {
  const at = (database: string) =>
    `postgres://latchkey@127.0.0.1:${system.options.portBase + portOffsets.postgres}/${database}`;
  const admin = new pg.Client(at('postgres'));
  await admin.connect();
  await admin.query(`drop database if exists ${name}`);
  await admin.query(`create database ${name}`);
  const pool = new pg.Pool({ connectionString: at(name), max: connections });
  try {
    return await work(pool);
  } finally {
    await pool.end();
    await admin.query(`drop database ${name}`);
    await admin.end();
  }
}
