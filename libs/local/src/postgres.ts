import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { databaseAnswers } from './databases.js';
import { findPostgresBinaries, type PostgresBinaries } from './postgres-binaries.js';
import { LocalProblem } from './problem.js';
import { hasExited, sendSignal, stopChild, tieToThisProcess, waitUntilGone } from './processes.js';
import { isProcessRunning } from './process-table.js';
import { isRoot, NOBODY, reachablePlaceFor } from './reachable.js';

export interface PostgresOptions {
  dataDir: string;
  port: number;
  /** File the server's own log is appended to. */
  logFile?: string;
  /**
   * `true` (the default) survives a power cut. Only tests that throw their data away may say `false`: measured, a power
   * cut then loses whole tables (OPERATIONS 1.3).
   */
  fsync?: boolean;
}

export interface RunningPostgres {
  /** Connection string of one database of this cluster. */
  url(database: string): string;
  readonly pid: number;
  readonly child: ChildProcess;
  /** Fast shutdown: ends the sessions, writes a checkpoint. Answers false when it had to be killed. */
  stop(): Promise<boolean>;
}

const superuser = 'latchkey';

/**
 * Starts PostgreSQL on 127.0.0.1 alone, without a password: whoever has a shell on this machine may connect, which is
 * right for a laptop and a test run, and the reason why production brings its own `DATABASE_URL`.
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const { port, fsync = true } = options;
  if (isRoot() && process.platform === 'darwin')
    throw new LocalProblem('PostgreSQL does not run as root on macOS; start as an ordinary user.');
  const dataDir = await reachablePlaceFor(options.dataDir);
  const binaries = await findPostgresBinaries();
  if (!(await stat(join(dataDir, 'PG_VERSION')).catch(() => undefined))) await createCluster(binaries, dataDir, fsync);
  await endLeftover(dataDir);

  const log = options.logFile === undefined ? 'ignore' : openSync(options.logFile, 'a');
  const child = spawn(binaries.postgres, ['-D', dataDir, ...settings(port, fsync)], {
    ...runAs(binaries),
    stdio: ['ignore', log, log],
    detached: true,
  });
  if (typeof log === 'number') closeSync(log);
  let failure: Error | undefined;
  child.once('error', (error) => (failure = error));
  tieToThisProcess(child, 'SIGINT', 10);
  child.unref();

  const url = (database: string) => `postgres://${superuser}@127.0.0.1:${port}/${database}`;
  const deadline = performance.now() + 60_000;
  while (!(await databaseAnswers(url('postgres'), 2_000))) {
    const why = options.logFile === undefined ? '' : ` Its log: ${options.logFile}.`;
    if (failure) throw new LocalProblem(`PostgreSQL could not be started: ${failure.message}.`);
    if (hasExited(child)) throw new LocalProblem(`PostgreSQL ended while starting on port ${port}.${why}`);
    if (performance.now() > deadline) {
      await stopChild(child, { signal: 'SIGQUIT', timeoutMs: 5_000 });
      throw new LocalProblem(`PostgreSQL did not answer on port ${port} within 60 s.${why}`);
    }
    await sleep(15);
  }
  return {
    url,
    pid: child.pid ?? 0,
    child,
    stop: () => stopChild(child, { signal: 'SIGINT', timeoutMs: 20_000 }),
  };
}

function settings(port: number, fsync: boolean): string[] {
  const chosen: Record<string, string | number> = {
    listen_addresses: '127.0.0.1',
    port,
    // A socket path may have 107 characters at most; a deep checkout would exceed them, and TCP is enough.
    unix_socket_directories: '',
    max_connections: 200,
    shared_buffers: '64MB',
    // Two cores and small tables: parallel workers and JIT cost more than they bring.
    max_parallel_workers_per_gather: 0,
    jit: 'off',
    log_checkpoints: 'off',
    ...(fsync ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', autovacuum: 'off' }),
  };
  return Object.entries(chosen).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** Built beside its place and moved there when complete: an interrupted start leaves no half cluster behind. */
async function createCluster(binaries: PostgresBinaries, dataDir: string, fsync: boolean): Promise<void> {
  const half = `${dataDir}.new-${process.pid}`;
  await rm(half, { recursive: true, force: true });
  await mkdir(half, { mode: 0o700 });
  await chmod(half, 0o700);
  if (isRoot()) await chown(half, NOBODY, NOBODY);
  const args = ['-D', half, '-U', superuser, '--auth=trust', '--locale=C', '--encoding=UTF8'];
  const initdb = spawn(binaries.initdb, fsync ? args : [...args, '--no-sync'], {
    ...runAs(binaries),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  initdb.stderr.on('data', (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-2_000)));
  const code = await new Promise<number | string>((done) => {
    initdb.once('error', (error) => done(error.message));
    initdb.once('close', (exitCode, signal) => done(exitCode ?? signal ?? 'unknown'));
  });
  if (code !== 0) {
    await rm(half, { recursive: true, force: true });
    throw new LocalProblem(
      `PostgreSQL's data directory could not be created in ${dirname(dataDir)} (${code}): ${complaint.trim()}`,
    );
  }
  // An empty directory somebody made beforehand may be in the way; one with files in it is left alone and fails the start.
  await rmdir(dataDir).catch(() => undefined);
  await rename(half, dataDir).catch(async (error: Error) => {
    await rm(half, { recursive: true, force: true });
    throw new LocalProblem(
      `${dataDir} is not a PostgreSQL data directory, and it is in the way of one: ${error.message}.`,
    );
  });
}

/**
 * A PostgreSQL left over from a run that was killed still holds the data: it is stopped. A `postmaster.pid` that names a
 * process id somebody else has by now (usual after a reboot in containers) would stop the start: it is removed.
 */
async function endLeftover(dataDir: string): Promise<void> {
  const lockFile = join(dataDir, 'postmaster.pid');
  const lines = (await readFile(lockFile, 'utf8').catch(() => '')).split('\n');
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 1) return;
  if (await isProcessRunning(pid, dataDir)) {
    sendSignal(pid, 'SIGINT');
    if (await waitUntilGone(pid, 15_000)) return;
    throw new LocalProblem(`Another PostgreSQL (process ${pid}) uses ${dataDir} and does not stop.`);
  }
  await rm(lockFile, { force: true });
}

function runAs(binaries: PostgresBinaries) {
  return {
    cwd: '/',
    env: {
      PATH: '/usr/bin:/bin',
      LC_ALL: 'C',
      TZ: 'UTC',
      LD_LIBRARY_PATH: binaries.lib,
      DYLD_LIBRARY_PATH: binaries.lib,
    },
    ...(isRoot() ? { uid: NOBODY, gid: NOBODY } : {}),
  };
}
