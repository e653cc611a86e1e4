import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { isAlive } from './processes.js';

/** True when this process exists and its command line contains `mark`: a pid alone may belong to somebody else by now. */
export async function isProcessRunning(pid: number, mark: string): Promise<boolean> {
  return isAlive(pid) && (await commandLine(pid)).includes(mark);
}

/** Linux tells it in /proc (slim images have no `ps`), macOS only through `ps`. */
async function commandLine(pid: number): Promise<string> {
  if (process.platform === 'linux')
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ');
  return new Promise((resolve) => {
    execFile('ps', ['-o', 'args=', '-ww', '-p', String(pid)], { timeout: 5_000 }, (error, stdout) =>
      resolve(error ? '' : stdout),
    );
  });
}
