import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import Stripe from 'stripe';

const root = join(import.meta.dirname, '../../../..');

export interface SandboxProcess {
  child: ChildProcess;
  ended: Promise<number | null>;
  ports: Record<string, number>;
  stripe: Stripe;
}

/** The process runs from dist, which must not be yesterday's. */
export function buildSandbox(): void {
  execFileSync(join(root, 'node_modules/.bin/tsc'), ['-b', join(root, 'apps/sandbox')], { stdio: 'inherit' });
}

const started: ChildProcess[] = [];

/** For afterEach: a test that failed half-way must not leave its process behind, or Jest never ends. */
export function killSandboxes(): void {
  for (const child of started.splice(0)) child.kill('SIGKILL');
}

/** Starts the built sandbox on free ports and waits for its ready line. */
export async function runSandbox(env: Record<string, string>): Promise<SandboxProcess> {
  const child = spawn(process.execPath, [join(root, 'apps/sandbox/dist/main.js')], {
    env: { ...process.env, SANDBOX_PORTS: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  started.push(child);
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const line = await firstLine(child);
  const { sandbox, ports } = JSON.parse(line) as { sandbox: string; ports: Record<string, number> };
  if (sandbox !== 'ready') throw new Error(`not a ready line: ${line}`);
  const stripe = new Stripe('sk_test_process', {
    host: '127.0.0.1',
    port: ports['stripe'] ?? 0,
    protocol: 'http',
    maxNetworkRetries: 0,
  });
  return { child, ended, ports, stripe };
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('the process has no stdout');
  for await (const line of createInterface({ input: child.stdout })) return line;
  throw new Error('the process ended without a word');
}
