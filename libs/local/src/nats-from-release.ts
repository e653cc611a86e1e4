import { createHash } from 'node:crypto';
import { chmod, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run } from './run.js';

const version = '2.15.0';
/** From the definition of the official container image (nats-io/nats-docker, 2.15.x), which has them for Linux only. */
const pinnedChecksums: Readonly<Record<string, string>> = {
  'linux-amd64': '5d2c51caca950333aba84911df7d377f826f3a59ec36061c6539105084f65c92',
  'linux-arm64': 'cdc208f5a3f42963a52b6ab06ef65626bb870315dc936e26ba571780c6351112',
};
const officialUrl = `https://github.com/nats-io/nats-server/releases/download/v${version}`;

/** A machine without a way to GitHub must find that out quickly: there is another source to try. */
const answerTimeoutMs = 4_000;
const downloadTimeoutMs = 120_000;

export interface NatsWish {
  /** Path the binary ends up at. */
  target: string;
  onProgress: (line: string) => void;
  /** Another place with the release's files, such as a mirror inside a company. */
  releaseUrl?: string;
  /** SHA-256 of the archives by `<os>-<arch>`, known beforehand. */
  checksums?: Readonly<Record<string, string>>;
}

/**
 * Puts the official release's binary at `target`, if the archive has the pinned checksum. Where we know none (macOS) it is
 * compared with the SHA256SUMS file of the same release, fetched over TLS: that catches a broken download, and trusts
 * GitHub as the origin of both.
 */
export async function fetchNatsRelease(wish: NatsWish): Promise<void> {
  const { target, onProgress, releaseUrl = officialUrl, checksums = pinnedChecksums } = wish;
  const arch = { x64: 'amd64', arm64: 'arm64' }[process.arch as string];
  if (arch === undefined || !['linux', 'darwin'].includes(process.platform))
    throw new Error(`nats-server has no release archive for ${process.platform}-${process.arch}`);
  const name = `nats-server-v${version}-${process.platform}-${arch}`;
  onProgress(`fetching ${name} from ${new URL(releaseUrl).host}`);

  const expected = checksums[`${process.platform}-${arch}`] ?? (await publishedChecksum(releaseUrl, `${name}.tar.gz`));
  if (!expected) throw new Error(`the nats-server release ${version} publishes no checksum for ${name}.tar.gz`);
  const archive = await download(`${releaseUrl}/${name}.tar.gz`);
  if (createHash('sha256').update(archive).digest('hex') !== expected)
    throw new Error(`${name}.tar.gz from ${new URL(releaseUrl).host} does not have the expected checksum`);

  const work = await mkdtemp(join(dirname(target), 'release-'));
  try {
    await writeFile(join(work, 'nats.tar.gz'), archive);
    await run('tar', ['-xzf', join(work, 'nats.tar.gz'), '-C', work, `${name}/nats-server`], { timeoutMs: 60_000 });
    await chmod(join(work, name, 'nats-server'), 0o755);
    await rename(join(work, name, 'nats-server'), target);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function publishedChecksum(releaseUrl: string, file: string): Promise<string | undefined> {
  const sums = (await download(`${releaseUrl}/SHA256SUMS`)).toString('utf8');
  const lines = sums.split('\n').map((line) => line.trim().split(/\s+\*?/));
  return lines.find(([, name]) => name === file)?.[0];
}

async function download(url: string): Promise<Buffer> {
  const { host } = new URL(url);
  const whole = AbortSignal.timeout(downloadTimeoutMs);
  const firstByte = new AbortController();
  const timer = setTimeout(() => firstByte.abort(), answerTimeoutMs);
  try {
    const response = await fetch(url, { signal: AbortSignal.any([whole, firstByte.signal]) });
    clearTimeout(timer);
    if (!response.ok) throw new Error(`${host} answered ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  } catch (error) {
    const reason = firstByte.signal.aborted ? `no answer within ${answerTimeoutMs / 1000} s` : reasonOf(error);
    throw new Error(`${host} cannot be reached: ${reason}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause as { code?: string } | undefined) : undefined;
  return cause?.code ?? (error instanceof Error ? error.message : String(error));
}
