import { sendSignal } from '@latchkey/local';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { ownParts, type OwnPart } from './faults.js';

interface Entry {
  pid: number;
  parent: number;
  command: string;
}

/** Every process of this machine; macOS has no /proc, slim images have no `ps`. */
async function processTable(): Promise<Entry[]> {
  if (process.platform !== 'linux') {
    const { stdout } = await promisify(execFile)('ps', ['-A', '-ww', '-o', 'pid=,ppid=,args=']);
    return stdout.split('\n').flatMap((line) => {
      const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
      return command === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), command }];
    });
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return state === 'Z' ? [] : [{ pid: Number(name), parent: Number(parent), command }];
      } catch {
        return []; // It ended while the table was read.
      }
    });
}

/** The process, its children, theirs and so on; the oldest first. */
export async function familyOf(pid: number): Promise<number[]> {
  const table = await processTable();
  const family = [pid];
  // Grows while it is walked.
  for (const member of family)
    family.push(...table.filter(({ parent }) => parent === member).map((entry) => entry.pid));
  return family;
}

const marks: Record<OwnPart | 'sandbox', RegExp> = {
  ...(Object.fromEntries(ownParts.map((part) => [part, new RegExp(`apps/${part}/dist/main\\.js`)])) as Record<
    OwnPart,
    RegExp
  >),
  sandbox: /apps\/sandbox\/dist\/main\.js/,
  nats: /nats-server\b.* --config /,
  postgres: /postgres\b.* -D /,
};

/** The parts of the system that `hostPid` supervises, and of no other: only its own children are ever looked at. */
export async function partsOf(hostPid: number): Promise<Map<OwnPart | 'sandbox', number[]>> {
  const table = await processTable();
  const found = new Map<OwnPart | 'sandbox', number[]>();
  for (const { pid, command } of table.filter(
    (entry) => entry.parent === hostPid && !/^\/bin\/sh /.test(entry.command),
  ))
    for (const [part, mark] of Object.entries(marks) as [OwnPart | 'sandbox', RegExp][])
      if (mark.test(command)) {
        // PostgreSQL answers with a process per connection: stopping its first process alone would stop nothing.
        const children = part === 'postgres' ? table.filter((entry) => entry.parent === pid) : [];
        found.set(part, [pid, ...children.map((child) => child.pid)]);
      }
  return found;
}

/** Answers false when the part has no process just now. SIGKILL and PostgreSQL's shutdown signals go to the first one alone. */
export async function signalPart(hostPid: number, part: OwnPart | 'sandbox', signal: NodeJS.Signals): Promise<boolean> {
  const pids = (await partsOf(hostPid)).get(part) ?? [];
  const all = signal === 'SIGSTOP' || signal === 'SIGCONT';
  for (const pid of all ? pids : pids.slice(0, 1)) sendSignal(pid, signal);
  // A fault before may have stopped all of PostgreSQL: its children would then outlive it, and no new one could start beside them.
  if (signal === 'SIGKILL') for (const pid of pids.slice(1)) sendSignal(pid, 'SIGCONT');
  return pids.length > 0;
}
