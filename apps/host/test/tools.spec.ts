import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeEach, expect, test } from '@jest/globals';

// tools/bootstrap.mjs and tools/reset.mjs in a checkout of their own, with an npm that only says what it was asked.
const ours = resolve(import.meta.dirname, '../../..');
const places: string[] = [];
let repo: string;
let tools: string;

beforeEach(() => {
  repo = mkdtempSync(join(tmpdir(), 'latchkey-tools-'));
  tools = join(repo, 'elsewhere/bin');
  places.push(repo);
  mkdirSync(tools, { recursive: true });
  cpSync(join(ours, 'tools/bootstrap.mjs'), join(repo, 'tools/bootstrap.mjs'));
  cpSync(join(ours, 'tools/reset.mjs'), join(repo, 'tools/reset.mjs'));
  mkdirSync(join(repo, 'apps/web/src'), { recursive: true });
  writeFileSync(join(repo, 'apps/web/src/main.tsx'), 'one');
  writeFileSync(join(repo, 'package.json'), '{ "dependencies": { "one": "1.0.0" } }');
  writeFileSync(join(repo, 'package-lock.json'), '{ "packages": { "node_modules/one": { "version": "1.0.0" } } }');
});
afterAll(() => places.forEach((place) => rmSync(place, { recursive: true, force: true })));

function script(path: string, body: string): void {
  mkdirSync(resolve(path, '..'), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
}

/** An npm whose `ci` does what the true one does as far as bootstrap can see: wipes node_modules and fills it anew. */
function fakeNpm(after = ''): void {
  const bin = join(repo, 'node_modules/.bin');
  script(
    join(tools, 'npm'),
    `echo "npm $*" >> "${repo}/diary"
     rm -rf "${repo}/node_modules"; mkdir -p "${bin}"
     printf '#!/bin/sh\\necho v24.21.0\\n' > "${bin}/node"; printf '#!/bin/sh\\necho tsc "$@" >> "${repo}/diary"\\n' > "${bin}/tsc"
     printf '#!/bin/sh\\nmkdir -p "$2/dist"; echo vite "$@" >> "${repo}/diary"\\n' > "${bin}/vite"
     chmod +x "${bin}/node" "${bin}/tsc" "${bin}/vite"
     ${after}`,
  );
}

function run(tool: string, env: Record<string, string> = {}) {
  const result = spawnSync(process.execPath, [join(repo, 'tools', tool)], {
    env: { PATH: `${join(repo, 'node_modules/.bin')}:${tools}:/usr/bin:/bin`, ...env },
    encoding: 'utf8',
  });
  return { ...result, diary: existsSync(join(repo, 'diary')) ? readFileSync(join(repo, 'diary'), 'utf8') : '' };
}

test('packages are installed once and again only when other ones are wanted; compiling happens every time', () => {
  fakeNpm();
  expect(run('bootstrap.mjs').status).toBe(0);
  expect(run('bootstrap.mjs').diary.match(/npm ci/g)).toHaveLength(1);

  writeFileSync(join(repo, 'package.json'), '{ "scripts": { "new": "x" }, "dependencies": { "one": "1.0.0" } }');
  expect(run('bootstrap.mjs').diary.match(/npm ci/g)).toHaveLength(1);

  writeFileSync(join(repo, 'package-lock.json'), '{ "packages": { "node_modules/one": { "version": "1.0.1" } } }');
  const last = run('bootstrap.mjs');
  expect(last.diary.match(/npm ci/g)).toHaveLength(2);
  expect(last.diary.match(/tsc -b/g)).toHaveLength(4);
  expect(last.stdout).toBe('');
});

test('the web application is built when its sources changed, and only then', () => {
  fakeNpm();
  run('bootstrap.mjs');
  expect(run('bootstrap.mjs').diary.match(/vite build/g)).toHaveLength(1);
  writeFileSync(join(repo, 'apps/web/src/main.tsx'), 'two');
  expect(run('bootstrap.mjs').diary.match(/vite build/g)).toHaveLength(2);
});

test('an installation made by hand that fits the lock file is kept', () => {
  fakeNpm();
  run('bootstrap.mjs');
  rmSync(join(repo, 'node_modules/.installed'));
  writeFileSync(
    join(repo, 'node_modules/.package-lock.json'),
    '{ "packages": { "node_modules/one": { "version": "1.0.0" } } }',
  );
  expect(run('bootstrap.mjs').diary.match(/npm ci/g)).toHaveLength(1);
});

test.each([
  ['no way to the registry', 'echo "npm error code ENOTFOUND" >&2; exit 1', 'The npm registry cannot be reached'],
  ['a full disk', 'echo "npm error ENOSPC: no space left on device" >&2; exit 1', 'The disk is full'],
])(
  'an installation that fails for %s ends with one sentence that says so, and is tried again',
  (_, after, sentence) => {
    fakeNpm(after);
    const failed = run('bootstrap.mjs');
    expect(failed.status).toBe(1);
    expect(failed.stderr.trim().split('\n').at(-1)).toContain(sentence);
    fakeNpm();
    expect(run('bootstrap.mjs').status).toBe(0);
  },
);

test('a machine without npm is told what is missing', () => {
  const result = run('bootstrap.mjs', { PATH: tools });
  expect(result.status).toBe(1);
  expect(result.stderr).toContain('npm is not on PATH');
});

test('sources that do not compile stop the start', () => {
  fakeNpm(`printf '#!/bin/sh\\necho "a.ts(1,1): error TS1005"; exit 2\\n' > "${repo}/node_modules/.bin/tsc"`);
  const result = run('bootstrap.mjs');
  expect(result.status).toBe(1);
  expect(result.stderr).toContain('a.ts(1,1): error TS1005');
});

test('reset removes the local data and says what it removed', () => {
  mkdirSync(join(repo, '.latchkey/pg'), { recursive: true });
  writeFileSync(join(repo, '.latchkey/secrets.json'), '{}');
  const result = run('reset.mjs');
  expect(result.status).toBe(0);
  expect(result.stdout).toContain(`removed ${join(repo, '.latchkey/pg')}`);
  expect(existsSync(join(repo, '.latchkey'))).toBe(false);
});

test('reset refuses while the system runs, and after a crash it does not', () => {
  const data = join(repo, '.latchkey');
  mkdirSync(join(data, 'pg'), { recursive: true });
  const holder = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)', 'apps/host/dist/main.js'], {
    stdio: 'ignore',
  });
  try {
    writeFileSync(join(data, 'host.lock'), JSON.stringify({ pid: holder.pid }));
    expect(run('reset.mjs')).toMatchObject({ status: 1, stderr: expect.stringContaining('stop it first') });
    expect(existsSync(join(data, 'pg'))).toBe(true);
  } finally {
    holder.kill('SIGKILL');
  }
  writeFileSync(join(data, 'host.lock'), JSON.stringify({ pid: 2 ** 22 - 3 }));
  expect(run('reset.mjs').status).toBe(0);
});

test('reset works with a lock that a power cut left without its content', () => {
  mkdirSync(join(repo, '.latchkey'));
  writeFileSync(join(repo, '.latchkey/host.lock'), '');
  expect(run('reset.mjs').status).toBe(0);
  expect(existsSync(join(repo, '.latchkey'))).toBe(false);
});

test('reset touches nothing in a directory that holds other things than ours', () => {
  const home = join(repo, 'home');
  mkdirSync(join(home, 'pg'), { recursive: true });
  writeFileSync(join(home, 'thesis.txt'), 'years of work');
  const result = run('reset.mjs', { LATCHKEY_DATA_DIR: home });
  expect(result.status).toBe(1);
  expect(existsSync(join(home, 'pg'))).toBe(true);
});
