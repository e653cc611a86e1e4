import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { findNatsServer } from './nats-binary.js';
import { fetchNatsRelease } from './nats-from-release.js';

const directory = mkdtempSync(join(tmpdir(), 'latchkey-nats-binary-'));
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Something that says it is a nats-server of this version. */
function binary(folder: string, version: string): string {
  const path = join(directory, folder);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'nats-server'), `#!/bin/sh\necho "nats-server: v${version}"\n`);
  chmodSync(join(path, 'nats-server'), 0o755);
  return path;
}

test('a nats-server on PATH that is new enough is taken, an older one before it is passed over', async () => {
  const old = binary('old', '2.9.10');
  const good = binary('good', '2.10.27');
  const found = await findNatsServer({
    cacheDir: join(directory, 'no-cache'),
    searchPath: `${old}:${good}`,
    sources: [],
  });
  expect(found).toBe(join(good, 'nats-server'));
});

test('a cached nats-server is taken without asking the network', async () => {
  const cache = binary('cache', '2.15.1');
  let asked = false;
  const sources = [() => Promise.resolve(void (asked = true))];
  const found = await findNatsServer({ cacheDir: cache, searchPath: '', sources });
  expect(found).toBe(join(cache, 'nats-server'));
  expect(asked).toBe(false);
});

test('when nothing works, one sentence says what was tried and what to do', async () => {
  const old = binary('old', '2.9.10');
  const sources = [() => Promise.reject(new Error('github.com cannot be reached: ENOTFOUND'))];
  const search = findNatsServer({ cacheDir: join(directory, 'empty'), searchPath: old, sources });
  await expect(search).rejects.toThrow(
    /nats-server >= 2\.10 cannot be had \(.*old\/nats-server is 2\.9\.10; github\.com cannot be reached: ENOTFOUND\): install it .* or set NATS_URL/,
  );
});

test('the second source is tried when the first one brings something that does not run here', async () => {
  const cache = join(directory, 'second-source');
  const foreign = ({ target }: { target: string }) => {
    writeFileSync(target, 'not for this machine');
    chmodSync(target, 0o755);
    return Promise.resolve();
  };
  const good = ({ target }: { target: string }) => {
    writeFileSync(target, readFileSync(join(binary('good', '2.12.1'), 'nats-server')));
    return Promise.resolve();
  };
  expect(await findNatsServer({ cacheDir: cache, searchPath: '', sources: [foreign, good] })).toBe(
    join(cache, 'nats-server'),
  );
});

const arch = process.arch === 'arm64' ? 'arm64' : 'amd64';
const releaseName = `nats-server-v2.15.0-${process.platform}-${arch}`;

/** A place with the files of a release, laid out as on GitHub. */
async function releaseSite(checksumOf: (archive: Buffer) => string): Promise<string> {
  const work = mkdtempSync(join(directory, 'release-'));
  mkdirSync(join(work, releaseName));
  writeFileSync(join(work, releaseName, 'nats-server'), readFileSync(join(binary('release', '2.15.0'), 'nats-server')));
  execFileSync('tar', ['-czf', join(work, 'archive'), '-C', work, releaseName]);
  const archive = readFileSync(join(work, 'archive'));
  return serve((path) => {
    if (path.endsWith('/SHA256SUMS')) return `${checksumOf(archive)}  ${releaseName}.tar.gz\n`;
    if (path.endsWith(`/${releaseName}.tar.gz`)) return archive;
    return undefined;
  });
}

async function serve(answer: (path: string) => string | Buffer | undefined): Promise<string> {
  const server = createServer((request, response) => {
    const body = answer(request.url ?? '');
    if (body === undefined) response.statusCode = 404;
    response.end(body);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v2.15.0`;
}

test('the release archive becomes a runnable binary when its checksum is the published one and none is pinned', async () => {
  const releaseUrl = await releaseSite((archive) => createHash('sha256').update(archive).digest('hex'));
  const target = join(directory, 'nats-server-fetched');
  await fetchNatsRelease({ target, releaseUrl, checksums: {}, onProgress: () => undefined });
  expect(execFileSync(target, ['--version'], { encoding: 'utf8' })).toContain('v2.15.0');
});

test.each([
  ['the published one', () => '0'.repeat(64), {}],
  [
    'the pinned one, whatever its site publishes',
    (archive: Buffer) => createHash('sha256').update(archive).digest('hex'),
    { [`${process.platform}-${arch}`]: '0'.repeat(64) },
  ],
])('an archive with another checksum than %s is refused and nothing is left of it', async (_, published, checksums) => {
  const releaseUrl = await releaseSite(published);
  const target = join(directory, 'nats-server-swapped');
  const fetching = fetchNatsRelease({ target, releaseUrl, checksums, onProgress: () => undefined });
  await expect(fetching).rejects.toThrow('does not have the expected checksum');
  expect(existsSync(target)).toBe(false);
});

test('a release site that never answers costs less than five seconds', async () => {
  const server = createServer(() => undefined);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const releaseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const startMs = performance.now();
  const fetching = fetchNatsRelease({ target: join(directory, 'x'), releaseUrl, onProgress: () => undefined });
  await expect(fetching).rejects.toThrow('no answer within 4 s');
  expect(performance.now() - startMs).toBeLessThan(5_000);
});
