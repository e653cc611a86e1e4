import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { isAlive, waitUntilGone } from '@latchkey/local';
import { Client } from 'pg';
import { freeBase } from './support/free-base.js';

// The built host with real PostgreSQL and a real nats-server. The seven programs are tiny ones, so that what is tested is
// the host; the true ones are driven by the journeys.
const repo = mkdtempSync(join(tmpdir(), 'latchkey-whole-'));
const programs = ['sandbox', 'signup', 'billing-webhooks', 'provisioner', 'workspace', 'notifier', 'analytics'];
const program = `
  import { createServer } from 'node:http';
  const port = process.env.PORT ?? Number(process.env.LATCHKEY_PORT_BASE) + 10;
  createServer((_, response) => response.end(String(process.pid))).listen(Number(port), '127.0.0.1');
  process.on('SIGTERM', () => setTimeout(() => process.exit(0), Number(process.env.DRAIN_MS ?? 50)));`;

let base: number;
let host: ChildProcess | undefined;
let screen = '';

beforeAll(async () => {
  const ours = resolve(import.meta.dirname, '../../..');
  // PostgreSQL under root runs as nobody; mkdtemp's 0700 is on purpose here: it is the hard case.
  symlinkSync(join(ours, 'node_modules'), join(repo, 'node_modules'));
  cpSync(join(ours, 'apps/host/dist'), join(repo, 'apps/host/dist'), { recursive: true });
  writeFileSync(join(repo, 'package.json'), '{ "type": "module" }');
  for (const name of programs) {
    mkdirSync(join(repo, 'apps', name, 'dist'), { recursive: true });
    writeFileSync(join(repo, 'apps', name, 'dist/main.js'), program);
  }
  base = await freeBase();
});
afterEach(async () => {
  if (host?.exitCode !== null || host.signalCode !== null) return;
  host.kill('SIGKILL');
  await once(host, 'exit');
});
afterAll(() => {
  const data = join(repo, '.latchkey/pg');
  if (existsSync(data)) rmSync(realpathSync(data), { recursive: true, force: true });
  rmSync(repo, { recursive: true, force: true });
});

async function start(more: Record<string, string> = {}): Promise<number> {
  const env = { ...more, PATH: process.env['PATH'], HOME: process.env['HOME'], LATCHKEY_PORT_BASE: String(base) };
  const startMs = performance.now();
  screen = '';
  host = spawn(process.execPath, [join(repo, 'apps/host/dist/main.js')], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [host.stdout, host.stderr]) stream?.on('data', (chunk: Buffer) => (screen += chunk.toString()));
  await until(() => screen.includes('everything is ready'), 'the system is ready');
  return performance.now() - startMs;
}

async function until(condition: () => boolean | Promise<boolean>, what: string, timeoutMs = 20_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline || host?.exitCode)
      throw new Error(`Waited in vain: ${what}. The screen:\n${screen}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

/** The processes of this system, by what is in their command line. */
function processesOf(mark: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').includes(mark) && isAlive(pid);
      } catch {
        return false;
      }
    });
}

const postgresPid = () => Number(readFileSync(join(repo, '.latchkey/pg/postmaster.pid'), 'utf8').split('\n')[0]);
const natsPid = () => processesOf(`--config ${join(repo, '.latchkey/nats')}`)[0] ?? 0;
const everyPid = () => [postgresPid(), natsPid(), ...programs.flatMap((name) => processesOf(join(repo, 'apps', name)))];

async function query(sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: `postgres://latchkey@127.0.0.1:${base + 32}/signup` });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows as unknown[];
  } finally {
    await client.end();
  }
}

(process.platform === 'linux' ? test : test.skip)(
  'killed, PostgreSQL, NATS and a service come back with their data, and Ctrl-C drains in reverse order',
  async () => {
    await start();
    await query('create table fact as select 42 as answer');
    const victims = [postgresPid(), natsPid(), processesOf(join(repo, 'apps/workspace'))[0] ?? 0];
    for (const pid of victims) process.kill(pid, 'SIGKILL');
    for (const name of ['postgres', 'nats', 'workspace'])
      await until(() => new RegExp(`${name} +back`).test(screen), `${name} is back`);
    expect(await query('select answer from fact')).toEqual([{ answer: 42 }]);

    const all = everyPid();
    expect(all).toHaveLength(9);
    host?.kill('SIGINT');
    await once(host as ChildProcess, 'exit');
    expect(host?.exitCode).toBe(0);
    expect(all.filter(isAlive)).toEqual([]);
    const stops = [...screen.matchAll(/s {2}(\S+) +stopped$/gm)].map(([, name]) => name);
    expect(stops[0]).toBe('signup');
    expect(stops.slice(-4)).toEqual(expect.arrayContaining(['sandbox', 'postgres', 'nats', 'latchkey']));
  },
);

(process.platform === 'linux' ? test : test.skip)(
  'the second start keeps the data and is quick; when the host itself is killed, nothing outlives it',
  async () => {
    const tookMs = await start({ DRAIN_MS: '1000' });
    expect(tookMs).toBeLessThan(8_000);
    expect(await query('select answer from fact')).toEqual([{ answer: 42 }]);
    const all = everyPid();
    expect(all).toHaveLength(9);
    host?.kill('SIGKILL');
    // Neither its lock nor those that are still leaving stand in the way of the next start.
    await start();
    for (const pid of all) expect(await waitUntilGone(pid, 15_000)).toBe(true);
    host?.kill('SIGTERM');
    await once(host as ChildProcess, 'exit');
  },
);

(process.platform === 'linux' ? test : test.skip)(
  'one Ctrl-C that arrives twice drains, a second one a moment later kills, and still nothing is left',
  async () => {
    await start({ DRAIN_MS: '300' });
    host?.kill('SIGINT');
    host?.kill('SIGINT');
    await once(host as ChildProcess, 'exit');
    expect(host?.exitCode).toBe(0);

    await start({ DRAIN_MS: '60000' });
    const all = everyPid();
    host?.kill('SIGINT');
    await new Promise((done) => setTimeout(done, 1_200));
    host?.kill('SIGINT');
    await once(host as ChildProcess, 'exit');
    expect(host?.exitCode).toBe(130);
    for (const pid of all) expect(await waitUntilGone(pid, 5_000)).toBe(true);
  },
);
