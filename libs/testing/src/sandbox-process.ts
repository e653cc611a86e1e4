import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { hasExited, stopChild, tieToThisProcess } from '@latchkey/local';
import { processScratchDir, removeScratch } from './scratch.js';

type Part = 'console' | 'stripe' | 'pinecone' | 'openai' | 'sendgrid' | 'captcha';

export interface TestSandbox {
  /** Base url of each vendor's stand-in, and of the console with its `/_sim` routes and the inbox. */
  readonly urls: Record<Part, string>;
  stop(): Promise<void>;
}

const readyTimeoutMs = 20_000;

/**
 * Runs the built sandbox as the process it is, on free ports and with a data directory of its own. `env` adds its other
 * settings (webhook targets, secrets, latency).
 */
export async function startTestSandbox(env: Record<string, string> = {}): Promise<TestSandbox> {
  const main = resolve(import.meta.dirname, '../../../apps/sandbox/dist/main.js');
  const dataDir = join(await processScratchDir(), `sandbox-${randomBytes(5).toString('hex')}`);
  await mkdir(dataDir, { recursive: true });
  const child = spawn(process.execPath, ['--enable-source-maps', main], {
    env: { PATH: process.env['PATH'], SANDBOX_PORTS: '0', SANDBOX_DATA_DIR: dataDir, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  tieToThisProcess(child, 'SIGTERM', 2);
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-4_000)));

  const ports = await new Promise<Record<string, number>>((found, failed) => {
    const fail = (reason: string) => failed(new Error(`The sandbox ${reason}.\n${output}`));
    const timer = setTimeout(() => fail(`was not ready within ${readyTimeoutMs} ms`), readyTimeoutMs);
    createInterface({ input: child.stdout }).on('line', (line) => {
      output = `${output}${line}\n`.slice(-4_000);
      const ready = readyLine(line);
      if (ready) {
        clearTimeout(timer);
        found(ready);
      }
    });
    child.once('error', (error) => fail(`could not be started: ${error.message}`));
    child.once('close', (code) => {
      clearTimeout(timer);
      fail(`ended with code ${code} before it was ready (is it built?)`);
    });
  }).catch(async (error: Error) => {
    if (!hasExited(child)) await stopChild(child, { signal: 'SIGKILL', timeoutMs: 1_000 });
    throw error;
  });

  const urlOf = (part: Part) => {
    const port = ports[part];
    if (port === undefined) throw new Error(`The sandbox's ready line names no port for ${part}.`);
    return `http://127.0.0.1:${port}`;
  };
  return {
    urls: {
      get console() {
        return urlOf('console');
      },
      get stripe() {
        return urlOf('stripe');
      },
      get pinecone() {
        return urlOf('pinecone');
      },
      get openai() {
        return urlOf('openai');
      },
      get sendgrid() {
        return urlOf('sendgrid');
      },
      get captcha() {
        return urlOf('captcha');
      },
    },
    stop: async () => {
      await stopChild(child, { signal: 'SIGTERM', timeoutMs: 3_000 });
      await removeScratch(dataDir);
    },
  };
}

function readyLine(line: string): Record<string, number> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const message = JSON.parse(line) as { sandbox?: string; ports?: Record<string, number> };
    return message.sandbox === 'ready' ? message.ports : undefined;
  } catch {
    return undefined;
  }
}
