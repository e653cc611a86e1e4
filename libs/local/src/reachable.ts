import { createHash } from 'node:crypto';
import { mkdir, realpath, rm, stat, symlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

/** PostgreSQL refuses to run as root, so root starts it as `nobody`; this number means nobody on Linux and macOS alike. */
export const NOBODY = 65_534;

/** True for a root shell, which containers and build machines usually have. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** True when any user may walk from / down to this path: a checkout under /root (mode 0700) is not. */
export async function everyoneMayReach(path: string): Promise<boolean> {
  for (let current = resolve(path); ; current = dirname(current)) {
    const info = await stat(current).catch(() => undefined);
    if (info && (info.mode & 0o001) === 0) return false;
    if (current === dirname(current)) return true;
  }
}

/**
 * Where the data of `wanted` really lies: there, or, for root in a place nobody may reach, under /var/lib/latchkey with
 * a symlink at `wanted`. Following that link is all a clean-up needs to know.
 */
export async function reachablePlaceFor(wanted: string): Promise<string> {
  const existing = await realpath(wanted).catch(() => undefined);
  if (existing !== undefined) return existing;
  await mkdir(dirname(wanted), { recursive: true });
  if (!isRoot() || (await everyoneMayReach(dirname(wanted)))) return resolve(wanted);
  const key = createHash('sha256').update(resolve(wanted)).digest('hex').slice(0, 12);
  const substitute = join('/var/lib/latchkey', key);
  // No link any more means that somebody removed the data by hand: what it pointed to goes too.
  await rm(substitute, { recursive: true, force: true });
  await rm(wanted, { force: true });
  await mkdir(dirname(substitute), { recursive: true, mode: 0o755 });
  await symlink(substitute, wanted);
  return substitute;
}
