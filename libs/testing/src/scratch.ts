import { chmod, mkdir, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from '@latchkey/local';

const root = join(tmpdir(), `latchkey-tests-${process.getuid?.() ?? 0}`);

/**
 * The directory of this test process; servers put their data here. What processes that no longer exist left behind
 * (Jest was killed) is swept on the way.
 */
export async function processScratchDir(): Promise<string> {
  const own = join(root, String(process.pid));
  await mkdir(own, { recursive: true });
  // PostgreSQL started by root runs as nobody and must be able to walk to its data, whatever the umask.
  await chmod(root, 0o755);
  await chmod(own, 0o755);
  for (const name of await readdir(root)) {
    if (!isAlive(Number(name))) await removeScratch(join(root, name));
  }
  return own;
}

/** Removes a directory a server may still be writing its last file to. */
export async function removeScratch(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}
