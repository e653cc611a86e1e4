import { access, constants, mkdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { cacheDir } from './cache-dir.js';
import { fetchFromDebian } from './debian-package.js';
import { LocalProblem } from './problem.js';

/** What checks and tries out alert rules: the server, and its tool for rules. */
const packages = { prometheus: 'usr/bin/prometheus', promtool: 'usr/bin/promtool' } as const;
const suites = ['sid', 'trixie'];

/** The program's path from PATH or our cache; undefined when it is in neither. Nothing is fetched. */
export async function findProgram(name: string): Promise<string | undefined> {
  const directories = [...(process.env['PATH'] ?? '').split(delimiter).filter(Boolean), cacheDir()];
  for (const directory of directories) {
    const candidate = join(directory, name);
    const executable = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (executable) return candidate;
  }
  return undefined;
}

/** The same, fetched from Debian into the cache when it is nowhere. Throws one sentence when it cannot be had. */
export async function findPrometheus(name: keyof typeof packages, onProgress: (line: string) => void): Promise<string> {
  const found = await findProgram(name);
  if (found) return found;
  const target = join(cacheDir(), name);
  await mkdir(cacheDir(), { recursive: true });
  try {
    await fetchFromDebian({ packageName: name, suites, files: { [packages[name]]: target }, onProgress });
  } catch (error) {
    throw new LocalProblem(`${name} cannot be had (${(error as Error).message}): install it so that it is on PATH.`);
  }
  return target;
}
