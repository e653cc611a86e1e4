import { access, chmod, copyFile, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run } from './run.js';

const mirror = 'http://deb.debian.org/debian';
const keyrings = ['/usr/share/keyrings/debian-archive-keyring.pgp', '/usr/share/keyrings/debian-archive-keyring.gpg'];

export interface DebianWish {
  packageName: string;
  /** Debian's suites to ask, in this order. */
  suites: readonly string[];
  /** Where each of the package's files ends up, by its path in the package. */
  files: Readonly<Record<string, string>>;
  onProgress: (line: string) => void;
}

/**
 * Puts files of a newer Debian's package at their targets without installing anything: apt works in a directory of its own
 * (no root, no lock, the system's sources untouched) and checks Debian's signature and the package's checksum itself.
 */
export async function fetchFromDebian({ packageName, suites, files, onProgress }: DebianWish): Promise<void> {
  const keyring = await firstExisting(keyrings);
  if (process.platform !== 'linux' || keyring === undefined)
    throw new Error('Debian packages are only for Linux with the Debian archive keyring');

  const reasons: string[] = [];
  for (const suite of suites) {
    const work = await mkdtemp(join(dirname(Object.values(files)[0]!), 'debian-'));
    try {
      onProgress(`fetching ${packageName} from Debian ${suite}`);
      const options = await privateApt(work, `deb [signed-by=${keyring}] ${mirror} ${suite} main\n`);
      await run('apt-get', [...options, 'update', '-q', '--error-on=any'], { timeoutMs: 90_000 });
      await run('apt-get', [...options, 'download', '-q', packageName], { timeoutMs: 60_000, cwd: work });
      const deb = (await readdir(work)).find((file) => file.endsWith('.deb'));
      if (deb === undefined) throw new Error('apt-get brought no package');
      await run('dpkg-deb', ['-x', join(work, deb), join(work, 'unpacked')], { timeoutMs: 60_000 });
      for (const [path, target] of Object.entries(files)) {
        const fresh = `${target}.${process.pid}`;
        await copyFile(join(work, 'unpacked', path), fresh);
        await chmod(fresh, 0o755);
        await rename(fresh, target);
      }
      return;
    } catch (error) {
      reasons.push(`Debian ${suite}: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }
  throw new Error(reasons.join('; '));
}

async function privateApt(work: string, sources: string): Promise<string[]> {
  for (const directory of ['lists/partial', 'cache/archives/partial', 'parts'])
    await mkdir(join(work, directory), { recursive: true });
  await writeFile(join(work, 'sources.list'), sources);
  await writeFile(join(work, 'status'), '');
  const settings = {
    'Dir::Etc::sourcelist': join(work, 'sources.list'),
    'Dir::Etc::sourceparts': join(work, 'parts'),
    'Dir::Etc::preferencesparts': join(work, 'parts'),
    'Dir::State::lists': join(work, 'lists'),
    'Dir::State::status': join(work, 'status'),
    'Dir::Cache': join(work, 'cache'),
    'Acquire::Languages': 'none',
    'Acquire::http::Timeout': '10',
    'Acquire::Retries': '1',
    // As root apt would fetch as the user _apt, who may not write into the cache of a home directory.
    'APT::Sandbox::User': 'root',
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

async function firstExisting(paths: string[]): Promise<string | undefined> {
  for (const path of paths) {
    const exists = await access(path).then(
      () => true,
      () => false,
    );
    if (exists) return path;
  }
  return undefined;
}
