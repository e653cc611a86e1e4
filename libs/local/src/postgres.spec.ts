import { spawn } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { ensureDatabase } from './databases.js';
import { freePort } from './ports.js';
import { startPostgres, type RunningPostgres } from './postgres.js';
import { isAlive } from './processes.js';
import { isRoot, NOBODY } from './reachable.js';

const directory = mkdtempSync(join(tmpdir(), 'latchkey-postgres-'));
chmodSync(directory, 0o755);
const dataDir = join(directory, 'pg');
let postgres: RunningPostgres;

beforeAll(async () => {
  postgres = await startPostgres({ dataDir, port: await freePort(), fsync: false });
});
afterAll(async () => {
  await postgres?.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function query<Row>(url: string, sql: string): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows as Row[];
  } finally {
    await client.end();
  }
}

test('a database asked for by several services at the same moment is made once, and each of them gets it', async () => {
  const admin = postgres.url('postgres');
  await Promise.all(Array.from({ length: 5 }, () => ensureDatabase(admin, 'shared-wish')));
  const rows = await query<{ datname: string }>(admin, `select datname from pg_database where datname = 'shared-wish'`);
  expect(rows).toHaveLength(1);
});

test('it listens on loopback alone and leaves no half-made cluster beside its data', async () => {
  const [setting] = await query<{ listen_addresses: string }>(postgres.url('postgres'), 'show listen_addresses');
  expect(setting?.listen_addresses).toBe('127.0.0.1');
  expect(readdirSync(directory)).toEqual(['pg']);
});

test('data survives a stop and a start, and writes are synced unless a test says otherwise', async () => {
  await ensureDatabase(postgres.url('postgres'), 'kept');
  await query(postgres.url('kept'), 'create table fact as select 42 as answer');
  await postgres.stop();
  postgres = await startPostgres({ dataDir, port: await freePort() });
  expect(await query(postgres.url('kept'), 'select answer from fact')).toEqual([{ answer: 42 }]);
  expect(await query(postgres.url('kept'), 'show fsync')).toEqual([{ fsync: 'on' }]);
});

test('a server left over from a run that was killed is ended, not tripped over', async () => {
  const leftover = postgres;
  postgres = await startPostgres({ dataDir, port: await freePort(), fsync: false });
  expect(isAlive(leftover.pid)).toBe(false);
  expect(await query(postgres.url('postgres'), 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('a stale postmaster.pid that names a process of somebody else does not stop the start, nor that process', async () => {
  await postgres.stop();
  // Of PostgreSQL's own user: only then would PostgreSQL itself believe the note.
  const stranger = spawn('sleep', ['60'], { stdio: 'ignore', ...(isRoot() ? { uid: NOBODY, gid: NOBODY } : {}) });
  try {
    writeFileSync(join(dataDir, 'postmaster.pid'), `${stranger.pid}\n${dataDir}\n0\n5432\n\n127.0.0.1\n\nready\n`);
    postgres = await startPostgres({ dataDir, port: await freePort(), fsync: false });
    expect(isAlive(stranger.pid ?? 0)).toBe(true);
  } finally {
    stranger.kill('SIGKILL');
  }
});

test('files of somebody else in the data directory are left alone, and the start says so in one sentence', async () => {
  const foreign = join(directory, 'foreign');
  mkdirSync(foreign);
  writeFileSync(join(foreign, 'thesis.txt'), 'years of work');
  const start = startPostgres({ dataDir: foreign, port: await freePort(), fsync: false });
  await expect(start).rejects.toThrow(/foreign is not a PostgreSQL data directory/);
  expect(readdirSync(foreign)).toEqual(['thesis.txt']);
});

(isRoot() ? test : test.skip)('under root it also starts from a place only root may reach', async () => {
  const hidden = mkdtempSync(join(tmpdir(), 'latchkey-hidden-'));
  const inside = join(hidden, 'pg');
  const server = await startPostgres({ dataDir: inside, port: await freePort(), fsync: false });
  try {
    expect(await query(server.url('postgres'), 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(lstatSync(inside).isSymbolicLink()).toBe(true);
  } finally {
    await server.stop();
    rmSync(realpathSync(inside), { recursive: true, force: true });
    rmSync(hidden, { recursive: true, force: true });
  }
});
