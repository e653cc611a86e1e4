import type { System } from '@latchkey/chaos/parts';
import { readFileSync } from 'node:fs';

/** What the processes of one part have used since they began. */
export interface Used {
  cpuMs: number;
  memoryBytes: number;
}

/** Whose work is not ours: vendors are other companies, and the strangers, this program, sit at machines of their own. */
export const outsiders = ['sandbox', 'strangers'];

/** Linux counts processor time in hundredths of a second, whatever the kernel's own clock is. */
const msPerTick = 10;

/**
 * CPU and memory of every part of the system, from /proc; PostgreSQL with all its processes. What a
 * process used that has ended since is found with its parent, who has waited for it.
 */
export async function usageOf(system: System): Promise<Map<string, Used>> {
  const parts = new Map<string, number[]>([...(await system.parts()), ['strangers', [process.pid]]]);
  return new Map([...parts].map(([part, pids]) => [part, pids.map(usedBy).reduce(sum, nothing())] as const));
}

/** What was used between two looks, by part; memory is that of the second. */
export function between(before: ReadonlyMap<string, Used>, after: ReadonlyMap<string, Used>): Map<string, Used> {
  return new Map(
    [...after].map(([part, now]) => {
      const then = before.get(part) ?? nothing();
      return [
        part,
        {
          cpuMs: now.cpuMs - then.cpuMs,
          memoryBytes: now.memoryBytes,
        },
      ];
    }),
  );
}

export function totalOf(parts: ReadonlyMap<string, Used>, except: readonly string[] = []): Used {
  return [...parts].filter(([part]) => !except.includes(part)).reduce((all, [, used]) => sum(all, used), nothing());
}

/** Of one process; nothing of one that has ended. */
export function usedBy(pid: number): Used {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // After the name, which may hold blanks: state is field 3 of proc(5), utime 14, stime 15, the same of ended children 16 and 17.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // Of a page that several processes share, each has its part (proc_pid_smaps(5)).
    const memory = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    return {
      cpuMs: [11, 12, 13, 14].reduce((ticks, field) => ticks + Number(fields[field]), 0) * msPerTick,
      memoryBytes: Number(/^Pss:\s+(\d+) kB/m.exec(memory)?.[1] ?? 0) * 1_024,
    };
  } catch {
    return nothing(); // It ended meanwhile.
  }
}

function nothing(): Used {
  return { cpuMs: 0, memoryBytes: 0 };
}

function sum(a: Used, b: Used): Used {
  return {
    cpuMs: a.cpuMs + b.cpuMs,
    memoryBytes: a.memoryBytes + b.memoryBytes,
  };
}
