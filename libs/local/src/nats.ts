import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { waitForPort } from './ports.js';
import { LocalProblem } from './problem.js';
import { hasExited, stopChild, tieToThisProcess } from './processes.js';

export interface NatsOptions {
  /** Path of a nats-server binary, from `findNatsServer`. */
  binary: string;
  storeDir: string;
  port: number;
  /** Port of the monitoring pages (`/healthz`, `/jsz`); none by default. */
  httpPort?: number;
  /** File the server's log is appended to. */
  logFile?: string;
  /** `true` fsyncs before each acknowledgement: the default of NATS loses acknowledged messages in a power cut (DESIGN 4). */
  syncAlways?: boolean;
  /** An `authorization` block for the server's configuration; everybody may do everything by default. */
  authorization?: string;
}

/**
 * What the server says about itself on its monitoring port. The plain page is asked, because it is the only one that
 * tells of a stream that cannot write: after a full disk such a stream stays stuck until the server is started again,
 * whatever room there is (measured with 2.15.1). False as well when nobody answers within `timeoutMs`.
 */
export async function natsIsHealthy(httpPort: number, timeoutMs: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${httpPort}/healthz`, { signal: AbortSignal.timeout(timeoutMs) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

export interface RunningNats {
  readonly url: string;
  readonly pid: number;
  readonly child: ChildProcess;
  /** Answers false when it had to be killed. */
  stop(): Promise<boolean>;
}

/** Starts one nats-server with JetStream on 127.0.0.1 alone, its streams in files under `storeDir`. */
export async function startNats(options: NatsOptions): Promise<RunningNats> {
  const storeDir = resolve(options.storeDir);
  await mkdir(storeDir, { recursive: true });
  const configFile = join(storeDir, 'nats-server.conf');
  await writeFile(configFile, configuration(options, storeDir), { mode: 0o600 });

  const log = options.logFile === undefined ? 'ignore' : openSync(options.logFile, 'a');
  const child = spawn(options.binary, ['--config', configFile], { stdio: ['ignore', log, log], detached: true });
  if (typeof log === 'number') closeSync(log);
  let failure: Error | undefined;
  child.once('error', (error) => (failure = error));
  tieToThisProcess(child, 'SIGTERM');
  child.unref();

  const listening = await waitForPort(options.port, 30_000, () => hasExited(child) || failure !== undefined);
  if (failure) throw new LocalProblem(`nats-server could not be started: ${failure.message}.`);
  if (!listening || hasExited(child)) {
    await stopChild(child, { signal: 'SIGTERM', timeoutMs: 2_000 });
    const why = options.logFile === undefined ? '' : ` Its log: ${options.logFile}.`;
    throw new LocalProblem(`nats-server did not start on port ${options.port}.${why}`);
  }
  return {
    url: `nats://127.0.0.1:${options.port}`,
    pid: child.pid ?? 0,
    child,
    stop: () => stopChild(child, { signal: 'SIGTERM', timeoutMs: 10_000 }),
  };
}

function configuration({ port, httpPort, syncAlways = true, authorization }: NatsOptions, storeDir: string): string {
  return [
    'server_name: latchkey-local',
    `listen: "127.0.0.1:${port}"`,
    ...(httpPort === undefined ? [] : [`http: "127.0.0.1:${httpPort}"`]),
    'jetstream {',
    `  store_dir: ${JSON.stringify(storeDir)}`,
    // Without it the limit is three quarters of what is free at the start: a server started on a full disk would refuse
    // every message for ever, also after room was made. The disk itself is the limit.
    '  max_file_store: 1TB',
    ...(syncAlways ? ['  sync_interval: always'] : []),
    '}',
    ...(authorization === undefined ? [] : [authorization]),
    '',
  ].join('\n');
}
