import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isProcessRunning, LocalProblem } from '@latchkey/local';

interface Holder {
  pid?: number;
  gateway?: string;
}

export interface InstanceLock {
  /** The start before this one was killed: its processes may still be on their way out. */
  readonly tookOver: boolean;
  release(): Promise<void>;
}

/** Two systems on one data directory would ruin it; the second one is refused and told where the first one is. */
export async function lockInstance(dataDir: string, gateway: string): Promise<InstanceLock> {
  const file = join(dataDir, 'host.lock');
  const mine = `${file}.${process.pid}`;
  try {
    await mkdir(dataDir, { recursive: true });
    await writeFile(mine, JSON.stringify({ pid: process.pid, gateway } satisfies Holder));
  } catch (error) {
    throw new LocalProblem(`The data directory ${dataDir} cannot be written to: ${(error as Error).message}.`);
  }
  let tookOver = false;
  try {
    // A link appears whole or not at all, so nobody ever reads a lock without its holder.
    while (!(await tryLink(mine, file))) {
      const holder = await readHolder(file);
      // The program's name is checked too: after a reboot the number may belong to anybody.
      if (holder.pid !== undefined && (await isProcessRunning(holder.pid, 'host/dist/main.js')))
        throw new LocalProblem(
          `Latchkey is already running from ${dataDir} (process ${holder.pid}, ${holder.gateway}); stop it first, ` +
            'or set LATCHKEY_DATA_DIR and LATCHKEY_PORT_BASE for a second one.',
        );
      await rm(file, { force: true });
      tookOver = true;
    }
  } finally {
    await rm(mine, { force: true });
  }
  return { tookOver, release: () => rm(file, { force: true }) };
}

/** A power cut may leave the lock's name without its content: then nobody is known to hold it. */
async function readHolder(file: string): Promise<Holder> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Holder;
  } catch {
    return {};
  }
}

async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
