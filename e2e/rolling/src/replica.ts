import { CannotRun } from '@latchkey/chaos/parts';
import type { Owner } from '@latchkey/contracts';
import { hasExited, stopChild, tieToThisProcess } from '@latchkey/local';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync, closeSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Release } from './release.js';

/** As in k8s/src: the readiness probe, the pause between SIGTERM and the end of work, and the grace until SIGKILL. */
const probePeriodMs = 2_000;
const probeTimeoutMs = 2_000;
export const stopDelayMs = 5_000;
const terminationGraceMs = 40_000;
const startTimeoutMs = 120_000;

export interface Drain {
  ms: number;
  /** False when it had to be killed. */
  byItself: boolean;
  exitCode: number | null;
}

export interface ReplicaOptions {
  service: Owner;
  release: Release;
  port: number;
  metricsPort: number;
  env: NodeJS.ProcessEnv;
  logFile: string;
}

/** One Pod: a process of a service on a port of its own. */
export class Replica {
  private constructor(
    readonly options: ReplicaOptions,
    private readonly child: ChildProcess,
  ) {}

  /** Resolves when the readiness probe has answered. */
  static async start(options: ReplicaOptions): Promise<Replica> {
    const { service, port, env, metricsPort } = options;
    const child = program(options, 'main.js', {
      ...env,
      PORT: String(port),
      ...(service === 'signup' ? { METRICS_PORT: String(metricsPort) } : {}),
      STOP_DELAY_MS: String(stopDelayMs),
      MIGRATE_AT_START: 'false',
    });
    const replica = new Replica(options, child);
    const deadline = performance.now() + startTimeoutMs;
    while (!(await replica.isReady())) {
      if (hasExited(child) || performance.now() > deadline) {
        await replica.kill();
        throw new CannotRun(`${service} of ${options.release.name} did not start: ${lastLine(options.logFile)}`);
      }
      await sleep(probePeriodMs);
    }
    return replica;
  }

  get hasEnded(): boolean {
    return hasExited(this.child);
  }

  /** SIGTERM, and SIGKILL when the grace is over. */
  async terminate(): Promise<Drain> {
    const beganMs = performance.now();
    const byItself = await stopChild(this.child, { signal: 'SIGTERM', timeoutMs: terminationGraceMs });
    return { ms: Math.round(performance.now() - beganMs), byItself, exitCode: this.child.exitCode };
  }

  /** Events that were given to it after somebody else had them and did not finish. */
  async redelivered(): Promise<number> {
    const { service, port, metricsPort } = this.options;
    const page = await fetch(`http://127.0.0.1:${service === 'signup' ? metricsPort : port}/metrics`);
    const series = [...(await page.text()).matchAll(/^event_retries_total\{[^}]*how="redelivered"[^}]*\} (\d+)$/gm)];
    return series.reduce((sum, [, count]) => sum + Number(count), 0);
  }

  async kill(): Promise<void> {
    if (hasExited(this.child)) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }

  private async isReady(): Promise<boolean> {
    return fetch(`http://127.0.0.1:${this.options.port}/health/ready`, {
      signal: AbortSignal.timeout(probeTimeoutMs),
      headers: { connection: 'close' },
    }).then(
      (response) => response.body?.cancel().then(() => response.ok) ?? response.ok,
      () => false,
    );
  }
}

/** The migration Job of a release: it ends before a new replica starts, while the old ones go on working. */
export async function migrate(options: ReplicaOptions): Promise<void> {
  const { service, release, env, logFile } = options;
  const child = program(options, 'migrate.js', {
    ...env,
    MIGRATIONS_DATABASE_URL: env['DATABASE_URL'],
    DATABASE_ROLE: new URL(env['DATABASE_URL']!).username,
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new CannotRun(`The migrations of ${service} of ${release.name} failed: ${lastLine(logFile)}`);
}

function program({ service, release, logFile }: ReplicaOptions, file: string, env: NodeJS.ProcessEnv): ChildProcess {
  const log = openSync(logFile, 'a');
  const child = spawn(
    process.execPath,
    ['--enable-source-maps', '--max-old-space-size=256', join(release.dir, `apps/${service}/dist/${file}`)],
    { env, stdio: ['ignore', log, log], detached: true },
  );
  closeSync(log);
  tieToThisProcess(child, 'SIGTERM', 15);
  return child;
}

function lastLine(logFile: string): string {
  return readFileSync(logFile, 'utf8').trim().split('\n').at(-1)?.slice(0, 500) ?? 'it said nothing';
}
