import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** True while a process with this id runs, whoever owns it. One that ended and was not yet collected (a zombie) does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  if (process.platform !== 'linux') return true;
  try {
    // "<pid> (<name, may hold anything>) <state> ...": in a container whose first process collects nobody, zombies stay.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z';
  } catch {
    return false;
  }
}

/** Sends a signal and does not mind when the process is gone already. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

export interface StopOptions {
  /** What asks politely: SIGTERM for services, SIGINT for PostgreSQL's fast shutdown. */
  signal: NodeJS.Signals;
  /** How long the polite signal may take before SIGKILL. */
  timeoutMs: number;
}

/** Ends a child of ours and waits until it is really gone; answers false when it had to be killed. */
export async function stopChild(child: ChildProcess, { signal, timeoutMs }: StopOptions): Promise<boolean> {
  if (hasExited(child) || child.pid === undefined) return true;
  child.ref(); // servers are started unreferenced; now their end is worth waiting for
  const gone = once(child, 'exit');
  child.kill(signal);
  const polite = await Promise.race([gone.then(() => true), sleep(timeoutMs, false, { ref: false })]);
  if (polite) return true;
  child.kill('SIGKILL');
  await gone;
  return false;
}

/** Waits for a process that need not be our child; answers false when it is still there after `timeoutMs`. */
export async function waitUntilGone(pid: number, timeoutMs: number): Promise<boolean> {
  for (let waitedMs = 0; isAlive(pid); waitedMs += 20) {
    if (waitedMs >= timeoutMs) return false;
    await sleep(20);
  }
  return true;
}

/** True as soon as Node knows the exit code or the signal that ended the child. */
export function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/**
 * Lets a child die with this process, even when this process gets SIGKILL and can clean nothing up.
 *
 * A shell waits on a pipe whose other end only we hold: when we are gone, in whatever way, the read ends and the shell
 * ends the child (`signal`, and SIGKILL `graceSeconds` later). It sits in a session of its own, so Ctrl-C does not reach it.
 */
export function tieToThisProcess(child: ChildProcess, signal: NodeJS.Signals, graceSeconds = 5): void {
  if (child.pid === undefined) return;
  const script =
    'read _; kill -s "$2" "$1" 2>/dev/null || exit 0; ' +
    'n=0; while kill -0 "$1" 2>/dev/null && [ $n -lt "$3" ]; do sleep 1; n=$((n+1)); done; kill -s KILL "$1" 2>/dev/null';
  const watcher = spawn('/bin/sh', ['-c', script, 'sh', String(child.pid), signal.slice(3), String(graceSeconds)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watcher.on('error', () => undefined);
  watcher.unref();
  const lifeline = watcher.stdin;
  lifeline?.on('error', () => undefined);
  if (lifeline && 'unref' in lifeline && typeof lifeline.unref === 'function') lifeline.unref();
  // The pid may belong to somebody else a moment after the child is gone: the watcher goes first.
  child.once('exit', () => watcher.kill('SIGKILL'));
}
