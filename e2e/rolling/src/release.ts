import { CannotRun } from '@latchkey/chaos/parts';
import type { Owner } from '@latchkey/contracts';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const repoDir = resolve(import.meta.dirname, '../../..');
const buildTimeoutMs = 15 * 60_000;

/** Code of the system, built, and what its own host tells each service. */
export interface Release {
  /** Its commit, as git describes it. */
  name: string;
  dir: string;
}

/** The checkout we are part of; `npm run rolling` has built it. */
export async function thisRelease(): Promise<Release> {
  return { name: (await git('describe', '--always', '--dirty')).trim(), dir: repoDir };
}

/** Builds a commit in a git worktree of its own. Throws CannotRun with the reason when that does not work. */
export async function buildRelease(ref: string, dir: string): Promise<Release> {
  await git('rev-parse', '--verify', '--quiet', `${ref}^{commit}`).catch(() => {
    throw new CannotRun(`--from: there is no commit "${ref}".`);
  });
  await removeRelease({ name: ref, dir });
  await git('worktree', 'add', '--detach', '--force', dir, ref);
  // Hard links where the packages are the same. A link to the whole folder would lead back to the workspaces of this checkout.
  const modules = join(dir, 'node_modules');
  if (process.platform === 'linux' && packagesOf(dir) === packagesOf(repoDir)) {
    await run('cp', ['-al', join(repoDir, 'node_modules'), modules]);
    // Written again by what follows, which must not write into ours.
    rmSync(join(modules, '.installed'), { force: true });
  }
  await run(process.execPath, ['tools/bootstrap.mjs'], { cwd: dir, timeout: buildTimeoutMs }).catch(
    ({ stderr }: { stderr: string }) => {
      throw new CannotRun(`${ref} cannot be built: ${stderr.trim().split('\n').slice(-3).join(' / ')}`);
    },
  );
  return { name: (await run('git', ['describe', '--always'], { cwd: dir })).stdout.trim(), dir };
}

export async function removeRelease({ dir }: Release): Promise<void> {
  if (existsSync(dir)) await git('worktree', 'remove', '--force', dir).catch(() => undefined);
  rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  await git('worktree', 'prune');
}

/** The parts of a host that are asked here: of whichever release, so it is imported by its path and not by its name. */
interface HostModules {
  readConfig: (env: NodeJS.ProcessEnv) => { dataDir: string };
  loadSecrets: (file: string) => Promise<object>;
  vendorEnvironment: (config: object, secrets: object) => object;
  describeSystem: (
    config: object,
    secrets: object,
    vendors: object,
    voices: { echo: () => void; progress: () => void },
  ) => { name: string; env: NodeJS.ProcessEnv }[];
}

/** What the release's own host would tell each service, as a Deployment brings its own ConfigMap. */
export async function environmentsOf({ dir }: Release, env: NodeJS.ProcessEnv): Promise<Map<Owner, NodeJS.ProcessEnv>> {
  const host = {} as HostModules;
  for (const room of ['config', 'secrets', 'vendors', 'system'])
    Object.assign(host, await import(pathToFileURL(join(dir, `apps/host/dist/${room}.js`)).href));
  const config = host.readConfig(env);
  const secrets = await host.loadSecrets(join(config.dataDir, 'secrets.json'));
  const silence = { echo: () => undefined, progress: () => undefined };
  const parts = host.describeSystem(config, secrets, host.vendorEnvironment(config, secrets), silence);
  return new Map(parts.map((part) => [part.name as Owner, part.env]));
}

/** The packages a lock file names, without our own workspaces. */
function packagesOf(dir: string): string {
  const { packages } = JSON.parse(readFileSync(join(dir, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version?: string; link?: boolean }>;
  };
  const theirs = Object.entries(packages).filter(([path, { link }]) => path.startsWith('node_modules/') && !link);
  return JSON.stringify(theirs.map(([path, { version }]) => [path, version]));
}

async function git(...args: string[]): Promise<string> {
  return (await run('git', args, { cwd: repoDir })).stdout;
}
