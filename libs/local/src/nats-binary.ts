import { execFile } from 'node:child_process';
import { access, constants, mkdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { LocalProblem } from './problem.js';
import { fetchFromDebian } from './debian-package.js';
import { fetchNatsRelease, type NatsWish } from './nats-from-release.js';

/** Oldest nats-server we run on: 2.9 has no consumers with several filter subjects (STACK 6). */
const oldest = [2, 10] as const;

/** Debian 12 itself has 2.9, which is too old; these two have 2.15 and 2.10, and their binaries run on older Debians. */
const natsSuites = ['sid', 'trixie'];

const fetchNatsFromDebian = ({ target, onProgress }: NatsWish): Promise<void> =>
  fetchFromDebian({
    packageName: 'nats-server',
    suites: natsSuites,
    files: { 'usr/sbin/nats-server': target },
    onProgress,
  });

export interface FindNatsOptions {
  /** Directory downloaded servers are kept in, see `cacheDir`. */
  cacheDir: string;
  /** Receives one line per thing that is tried. */
  onProgress?: (line: string) => void;
  /** Where to look first; `PATH` unless given. */
  searchPath?: string;
  /** Where to fetch from, in this order; all the ways there are unless given. */
  sources?: readonly ((wish: NatsWish) => Promise<void>)[];
}

/**
 * A nats-server of at least 2.10: from PATH, else from the cache, else the official release archive, else Debian's
 * package, unpacked into the cache and never installed. Throws one sentence about all of them when none can be had.
 */
export async function findNatsServer(options: FindNatsOptions): Promise<string> {
  const { cacheDir, onProgress, searchPath, sources = [fetchNatsRelease, fetchNatsFromDebian] } = options;
  const tried: string[] = [];
  for (const directory of (searchPath ?? process.env['PATH'] ?? '').split(delimiter).filter(Boolean)) {
    const candidate = join(directory, 'nats-server');
    const version = await versionOf(candidate);
    if (version === undefined) continue;
    if (isRecentEnough(version)) return candidate;
    tried.push(`${candidate} is ${version.join('.')}`);
  }

  const cached = join(cacheDir, 'nats-server');
  const cachedVersion = await versionOf(cached);
  if (cachedVersion && isRecentEnough(cachedVersion)) return cached;

  await mkdir(cacheDir, { recursive: true }).catch((error: Error) => {
    throw new LocalProblem(
      `The cache directory ${cacheDir} cannot be created (${error.message}); set LATCHKEY_CACHE_DIR.`,
    );
  });
  for (const source of sources) {
    try {
      await source({ target: cached, onProgress: onProgress ?? (() => undefined) });
      const version = await versionOf(cached);
      if (version && isRecentEnough(version)) {
        onProgress?.(`nats-server ${version.join('.')} is in ${cached}`);
        return cached;
      }
      tried.push(`what was fetched into ${cached} does not run here`);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      tried.push(error.message);
      onProgress?.(error.message);
    }
  }
  throw new LocalProblem(
    `nats-server >= ${oldest.join('.')} cannot be had (${tried.join('; ')}): ` +
      'install it so that it is on PATH, or set NATS_URL to a server of your own.',
  );
}

/** `undefined` when there is no such file, or it is not a nats-server for this machine. */
export async function versionOf(binary: string): Promise<[number, number, number] | undefined> {
  const executable = await access(binary, constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!executable) return undefined;
  const output = await new Promise<string>((resolve) => {
    execFile(binary, ['--version'], { timeout: 10_000 }, (error, stdout) => resolve(error ? '' : stdout));
  });
  const match = /v(\d+)\.(\d+)\.(\d+)/.exec(output);
  return match ? [Number(match[1]), Number(match[2]), Number(match[3])] : undefined;
}

function isRecentEnough([major, minor]: readonly [number, number, number]): boolean {
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
}
