import { access, chmod, copyFile, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { NatsWish } from './nats-from-release.js';
import { run } from './run.js';

/** Debian 12 itself has 2.9, which is too old; these two have 2.15 and 2.10, and their binaries run on older Debians. */
const suites = ['sid', 'trixie'];
const mirror = 'http://deb.debian.org/debian';
const keyrings = ['/usr/share/keyrings/debian-archive-keyring.pgp', '/usr/share/keyrings/debian-archive-keyring.gpg'];

/**
 * Puts the nats-server of a newer Debian at `target` without installing anything: apt works in a directory of its own
 * (no root, no lock, the system's sources untouched) and checks Debian's signature and the package's checksum itself.
 */
export async function fetchNatsFromDebian({ target, onProgress }: NatsWish): Promise<void> {
  const keyring = await firstExisting(keyrings);
  if (process.platform !== 'linux' || keyring === undefined)
    throw new Error('Debian packages are only for Linux with the Debian archive keyring');

  const reasons: string[] = [];
  for (const suite of suites) {
    const work = await mkdtemp(join(dirname(target), 'debian-'));
    try {
      onProgress(`fetching nats-server from Debian ${suite}`);
      const options = await privateApt(work, `deb [signed-by=${keyring}] ${mirror} ${suite} main\n`);
      await run('apt-get', [...options, 'update', '-q', '--error-on=any'], { timeoutMs: 90_000 });
      await run('apt-get', [...options, 'download', '-q', 'nats-server'], { timeoutMs: 60_000, cwd: work });
      const deb = (await readdir(work)).find((file) => file.endsWith('.deb'));
      if (deb === undefined) throw new Error('apt-get brought no package');
      await run('dpkg-deb', ['-x', join(work, deb), join(work, 'unpacked')], { timeoutMs: 60_000 });
      const fresh = `${target}.${process.pid}`;
      await copyFile(join(work, 'unpacked/usr/sbin/nats-server'), fresh);
      await chmod(fresh, 0o755);
      await rename(fresh, target);
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
