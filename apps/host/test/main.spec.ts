import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { freeBase } from './support/free-base.js';

// The built program as a person meets it; `npm test` builds it first.
const main = resolve(import.meta.dirname, '../dist/main.js');
const directory = mkdtempSync(join(tmpdir(), 'latchkey-main-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function start(
  env: Record<string, string>,
  ...args: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((done) => {
    const all = { PATH: process.env['PATH'] ?? '', LATCHKEY_DATA_DIR: join(directory, 'data'), ...env };
    execFile(process.execPath, [main, ...args], { env: all, timeout: 20_000 }, (error, stdout, stderr) =>
      done({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

test('a taken port ends the start with one sentence that names the port, who wants it, and the way out', async () => {
  const squatter = createServer().listen(0, '127.0.0.1');
  await once(squatter, 'listening');
  const { port } = squatter.address() as AddressInfo;
  // PostgreSQL's is the first port that is looked at, so nobody else's port in this range can be named instead.
  const { code, stderr } = await start({ LATCHKEY_PORT_BASE: String(port - 32) });
  squatter.close();
  expect(code).toBe(1);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stderr).toContain(`Port ${port}, which PostgreSQL needs, is taken`);
  expect(stderr).toContain('LATCHKEY_PORT_BASE=');
});

test('a second start from the same data directory is refused and told where the first one runs', async () => {
  const dataDir = join(directory, 'taken');
  mkdirSync(dataDir);
  const holder = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)', 'apps/host/dist/main.js'], {
    stdio: 'ignore',
  });
  writeFileSync(join(dataDir, 'host.lock'), JSON.stringify({ pid: holder.pid, gateway: 'http://127.0.0.1:4000' }));
  const { code, stderr } = await start({ LATCHKEY_DATA_DIR: dataDir, LATCHKEY_PORT_BASE: '23000' });
  holder.kill('SIGKILL');
  expect(code).toBe(1);
  expect(stderr).toContain(`already running from ${dataDir} (process ${holder.pid}, http://127.0.0.1:4000)`);
});

test('a configuration value that is missing is named, without a stack trace', async () => {
  const { code, stderr } = await start({ STRIPE_SECRET_KEY: 'sk_live_x', LATCHKEY_PORT_BASE: '23000' });
  expect(code).toBe(1);
  expect(stderr).toContain('STRIPE_WEBHOOK_SECRET must be set too');
  expect(stderr).not.toContain('    at ');
});

test('--help says what can be set, and starts nothing', async () => {
  const { code, stdout } = await start({}, '--help');
  expect(code).toBe(0);
  expect(stdout).toContain('LATCHKEY_PORT_BASE');
});

test('a SIGTERM for npm, as a process manager sends it, stops what npm start began, in order', async () => {
  const env = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    LATCHKEY_DATA_DIR: join(directory, 'by-npm'),
    LATCHKEY_PORT_BASE: String(await freeBase()),
    // One part is enough to have something to stop.
    LATCHKEY_PARTS: 'nats',
  };
  // The scripts before it install and compile, which is done.
  const npm = spawn('npm', ['start', '--ignore-scripts'], {
    cwd: resolve(import.meta.dirname, '../../..'),
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let screen = '';
  const isReady = new Promise<void>((ready) => {
    npm.stdout.on('data', (chunk: Buffer) => {
      screen += chunk.toString();
      if (screen.includes('everything is ready')) ready();
    });
  });
  await isReady;
  npm.kill('SIGTERM');
  const [code] = (await once(npm, 'exit')) as [number | null];
  expect({ code, screen }).toEqual({ code: 0, screen: expect.stringMatching(/nats +stopped[^]*latchkey +stopped/) });
});
