import { randomBytes } from 'node:crypto';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  cacheDir,
  databaseAnswers,
  dropDatabase,
  ensureDatabase,
  findNatsServer,
  freePort,
  sendSignal,
  startNats,
  startPostgres,
  type RunningNats,
} from '@latchkey/local';
import { processScratchDir, removeScratch } from './scratch.js';

/**
 * Admin url of the PostgreSQL all specs share: the one `npm test` started (TEST_POSTGRES_URL), else one per test process,
 * started by the first spec that asks and ended with the process. Never the data of `npm start`.
 */
export function testPostgres(): Promise<string> {
  shared ??= findOrStartPostgres();
  return shared;
}

let shared: Promise<string> | undefined;

async function findOrStartPostgres(): Promise<string> {
  const given = process.env['TEST_POSTGRES_URL'];
  if (given) return given;
  // Jest gives each spec file its own modules and globals, so what the process shares is written down in a file.
  const home = await processScratchDir();
  const note = join(home, 'postgres-url');
  const known = await readFile(note, 'utf8').catch(() => undefined);
  if (known !== undefined && (await databaseAnswers(known, 2_000))) return known;
  const server = await startPostgres({ dataDir: join(home, 'postgres'), port: await freePort(), fsync: false });
  await writeFile(note, server.url('postgres'));
  return server.url('postgres');
}

export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** A fresh, empty database: `<prefix>_<random>`. Drop it in `afterAll`; what a crash leaves goes with the cluster. */
export async function createTestDatabase(prefix: string): Promise<TestDatabase> {
  const adminUrl = await testPostgres();
  const name = `${prefix.replaceAll(/\W/g, '_').toLowerCase()}_${randomBytes(5).toString('hex')}`;
  await ensureDatabase(adminUrl, name);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => dropDatabase(adminUrl, name) };
}

export interface TestNats {
  readonly url: string;
  readonly pid: number;
  /** SIGKILL, as a power cut of the process: streams stay on disk. */
  kill(): Promise<void>;
  /** Clean end of the server; streams stay on disk for `restart`. */
  shutdown(): Promise<void>;
  /** The same port and the same streams again, after `kill` or `shutdown` (or with one in between when it runs). */
  restart(): Promise<void>;
  /** The same port with every stream gone: the bus was wiped (DESIGN rule 5). */
  restartEmpty(): Promise<void>;
  /** Stops the server, keeps a copy of its streams and starts it again. */
  backUp(): Promise<void>;
  /** The same port with the streams as they were at `backUp`: what was stored since is gone. */
  restartFromBackup(): Promise<void>;
  /** Stops the clock of the server (SIGSTOP): connections stay open and nothing answers. */
  pause(): void;
  resume(): void;
  /** The end: server and streams are removed. */
  stop(): Promise<void>;
}

/** A nats-server of one spec file with JetStream in a temporary directory; up in about 30 ms. */
export async function startTestNats({ authorization }: { authorization?: string } = {}): Promise<TestNats> {
  const binary = await findNatsServer({ cacheDir: cacheDir() });
  const home = join(await processScratchDir(), `nats-${randomBytes(5).toString('hex')}`);
  await mkdir(home, { recursive: true });
  const port = await freePort();
  const options = authorization === undefined ? {} : { authorization };
  const start = () => startNats({ binary, storeDir: join(home, 'streams'), port, syncAlways: false, ...options });
  let server: RunningNats = await start();

  const end = async (signal: 'SIGKILL' | 'SIGTERM') => {
    const { child, pid } = server;
    sendSignal(pid, 'SIGCONT');
    if (signal === 'SIGTERM') return void (await server.stop());
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.ref();
    child.kill('SIGKILL');
    await gone;
  };
  return {
    get url() {
      return server.url;
    },
    get pid() {
      return server.pid;
    },
    kill: () => end('SIGKILL'),
    shutdown: () => end('SIGTERM'),
    restart: async () => {
      await end('SIGTERM');
      server = await start();
    },
    restartEmpty: async () => {
      await end('SIGKILL');
      await removeScratch(join(home, 'streams'));
      server = await start();
    },
    backUp: async () => {
      await end('SIGTERM');
      await cp(join(home, 'streams'), join(home, 'backup'), { recursive: true });
      server = await start();
    },
    restartFromBackup: async () => {
      await end('SIGKILL');
      await removeScratch(join(home, 'streams'));
      await cp(join(home, 'backup'), join(home, 'streams'), { recursive: true });
      server = await start();
    },
    pause: () => sendSignal(server.pid, 'SIGSTOP'),
    resume: () => sendSignal(server.pid, 'SIGCONT'),
    stop: async () => {
      await end('SIGKILL');
      await removeScratch(home);
    },
  };
}
