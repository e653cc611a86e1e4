// Starts the true system as `npm start` runs it, on ports and data of its own, and tells the specs by WEB_E2E_BASE,
// WEB_E2E_HOST_PID and WEB_E2E_DATA_DIR. When they are set already (a system that runs beside), that one is used and left
// alone.
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const repo = resolve(import.meta.dirname, '../../../..');
const readyWithinMs = 120_000;
const portsInUse = [0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15, 22, 23, 32];

export default async function startSystem() {
  if (process.env.WEB_E2E_BASE && process.env.WEB_E2E_HOST_PID) return;
  // The services and the pages as they are now; a moment when nothing has changed.
  const built = spawnSync(process.execPath, [join(repo, 'tools/bootstrap.mjs')], { stdio: 'inherit' });
  if (built.status !== 0) throw new Error('The system could not be built.');
  const dataDir = mkdtempSync(join(tmpdir(), 'latchkey-web-e2e-'));
  // Under root PostgreSQL runs as nobody, who must be able to walk in.
  chmodSync(dataDir, 0o755);
  const base = await freeBase();
  const host = spawn(process.execPath, [join(repo, 'apps/host/dist/main.js')], {
    env: {
      ...process.env,
      LATCHKEY_PORT_BASE: String(base),
      LATCHKEY_DATA_DIR: dataDir,
      LATCHKEY_RESTART_PAUSE_MAX_MS: '1000',
      // Seconds for a person's patience, and every step really taken: a warm workspace would hide them.
      PROVISION_RETRY_DELAYS_SECONDS: '2,2',
      WARM_POOL_SIZE: '0',
      // A second after the payment: the console’s list of who never came has somebody in it.
      STUCK_AFTER_PAYMENT_HOURS: '0.0003',
      // Beside other suites a reader's start alone may take seconds; a broken file must be called broken all the same.
      PARSER_TIMEOUT_MS: '60000',
      NO_COLOR: '1',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  globalThis.webSystem = { host, dataDir };
  let said = '';
  for (const stream of [host.stdout, host.stderr])
    stream.on('data', (chunk) => (said = (said + chunk.toString()).slice(-20_000)));
  for (const deadline = performance.now() + readyWithinMs; !said.includes('everything is ready'); await sleep(100))
    if (host.exitCode !== null || performance.now() > deadline) throw new Error(`The system did not start:\n${said}`);
  process.env.WEB_E2E_BASE = String(base);
  process.env.WEB_E2E_DATA_DIR = dataDir;
  process.env.WEB_E2E_HOST_PID = String(host.pid);
}

async function freeBase() {
  for (let tries = 0; tries < 100; tries++) {
    const base = 11_000 + 100 * Math.floor(Math.random() * 200);
    const free = await Promise.all(portsInUse.map((offset) => isFree(base + offset)));
    if (free.every(Boolean)) return base;
  }
  throw new Error('No range of free ports was found.');
}

function isFree(port) {
  return new Promise((done) => {
    const server = createServer();
    server.once('error', () => done(false));
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
  });
}
