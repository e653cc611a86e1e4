import { spawn } from 'node:child_process';
import { relative } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasExited, LocalProblem, stopChild, tieToThisProcess } from '@latchkey/local';
import { LogFile } from './log-file.js';
import { readLogLine } from './log-line.js';
import type { Part, RunningPart } from './part.js';

export interface ProgramOptions {
  name: string;
  /** The file Node runs. */
  main: string;
  ports: Record<string, number>;
  waitsFor?: string[];
  uses?: string[];
  env: NodeJS.ProcessEnv;
  /** Limit of the program's JavaScript heap; a leak then ends one part, not the machine. */
  heapMaxMb?: number;
  /** The part is ready when this url answers 200. */
  readyUrl: string;
  logFile: string;
  /** Receives warnings and errors of the program while it runs. */
  echo: (text: string) => void;
  /** What must exist before the program can start, such as its database. */
  prepare?: () => Promise<void>;
  /** How long it may take to be ready, and to finish its work when asked to stop. */
  readyTimeoutMs?: number;
  drainTimeoutMs?: number;
}

/** A Node program of ours as a part of the system: its log in a file, its readiness asked over HTTP. */
export function program(options: ProgramOptions): Part {
  const { name, ports, waitsFor = [], uses = [] } = options;
  // Opened with the first start, so that describing the system touches nothing.
  let log: LogFile | undefined;
  return {
    name,
    ports,
    waitsFor,
    uses,
    env: options.env,
    start: async (giveUp) => {
      await options.prepare?.();
      log ??= new LogFile(options.logFile);
      return startProgram(options, log, giveUp);
    },
  };
}

async function startProgram(options: ProgramOptions, log: LogFile, giveUp: AbortSignal): Promise<RunningPart> {
  const { name, readyTimeoutMs = 60_000, drainTimeoutMs = 15_000, heapMaxMb = 256 } = options;
  const child = spawn(process.execPath, ['--enable-source-maps', `--max-old-space-size=${heapMaxMb}`, options.main], {
    env: options.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C goes to the whole foreground group: out of it, the parts end in our order and not all at once.
    detached: true,
  });
  tieToThisProcess(child, 'SIGTERM', 15);

  const recent: { text: string; matters: boolean }[] = [];
  let wasReady = false;
  const read = (stream: Readable) =>
    createInterface({ input: stream }).on('line', (line) => {
      log.write(line);
      const entry = readLogLine(line);
      recent.push(entry);
      if (recent.length > 40) recent.shift();
      if (wasReady && entry.matters) options.echo(entry.text);
    });
  const outputRead = Promise.all(
    [child.stdout, child.stderr].map((stream) => new Promise((done) => read(stream).once('close', done))),
  );
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`could not be started: ${error.message}`));
    child.once('exit', (code, signal) => resolve(signal ? `was ended by ${signal}` : `ended with exit code ${code}`));
  });
  const lastWords = async () => {
    await Promise.race([outputRead, sleep(500)]);
    const telling = recent.filter((entry) => entry.matters);
    return (telling.length > 0 ? telling : recent).slice(-5).map((entry) => entry.text);
  };

  const deadline = AbortSignal.any([giveUp, AbortSignal.timeout(readyTimeoutMs)]);
  let reply = 'no answer';
  while (!hasExited(child) && child.pid !== undefined && !deadline.aborted) {
    reply = await readiness(options.readyUrl);
    if (reply === 'ready') break;
    await sleep(100);
  }
  const where = relative(process.cwd(), options.logFile);
  if (hasExited(child) || child.pid === undefined) {
    const words = await lastWords();
    throw new LocalProblem(
      `${name} ${await ended} before it was ready: ${words.join(' / ') || 'it said nothing'} (log: ${where})`,
    );
  }
  if (reply !== 'ready') {
    await stopChild(child, { signal: 'SIGTERM', timeoutMs: 3_000 });
    throw new LocalProblem(
      giveUp.aborted
        ? `${name} was stopped while it was starting.`
        : `${name} was not ready within ${readyTimeoutMs / 1000} s (${options.readyUrl}: ${reply}; log: ${where}).`,
    );
  }
  wasReady = true;
  return {
    pid: child.pid,
    ended,
    lastWords,
    stop: () => stopChild(child, { signal: 'SIGTERM', timeoutMs: drainTimeoutMs }),
    kill: () => void child.kill('SIGKILL'),
  };
}

async function readiness(url: string): Promise<string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    const text = await response.text();
    return response.ok ? 'ready' : `${response.status} ${text.slice(0, 300)}`;
  } catch (error) {
    const cause = error instanceof Error ? (error.cause as { code?: string } | undefined) : undefined;
    return cause?.code ?? 'no answer';
  }
}
