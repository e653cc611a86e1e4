// Makes this checkout runnable: installs the packages when the lock file says other ones than node_modules has, then
// compiles. Runs before `npm start` and `npm test`, on whatever Node is there (>= 18), so it imports nothing from
// node_modules, which `npm ci` removes while this runs. Speaks on stderr only: stdout belongs to the command that follows.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const bin = join(root, 'node_modules', '.bin');
const stampFile = join(root, 'node_modules', '.installed');

const [major] = process.versions.node.split('.').map(Number);
if (major < 18) fail(`Node ${process.versions.node} is too old to install the project; any Node from 20 on will do.`);

const stamp = wantedStamp();
if (read(stampFile) !== stamp) {
  if (!isInstalled()) await install();
  writeFileSync(stampFile, stamp);
}
requireNode24();
build();
buildWeb();

/** Only what decides which packages are there: a changed script in package.json does not reinstall anything. */
function wantedStamp() {
  const { dependencies, devDependencies, overrides, workspaces, allowScripts } = JSON.parse(
    read(join(root, 'package.json')),
  );
  return createHash('sha256')
    .update(read(join(root, 'package-lock.json')))
    .update(JSON.stringify({ dependencies, devDependencies, overrides, workspaces, allowScripts }))
    .digest('hex');
}

/** True when somebody ran `npm ci` or `npm install` by hand: npm's own note of what it put there agrees with the lock file. */
function isInstalled() {
  const installed = read(join(root, 'node_modules', '.package-lock.json'));
  if (!installed) return false;
  const there = JSON.parse(installed).packages;
  const wanted = JSON.parse(read(join(root, 'package-lock.json'))).packages;
  return Object.entries(wanted).every(
    ([path, { version, optional, link }]) =>
      path === '' || !version || link || optional || there[path]?.version === version,
  );
}

async function install() {
  const path = pathWithoutOurNode();
  const npm = spawn('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    env: { ...process.env, PATH: path },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  npm.stderr.on('data', (chunk) => (complaint = (complaint + chunk).slice(-20_000)));
  const startedMs = Date.now();
  const progress = () => {
    const text = `installing packages (npm ci, usually under a minute): ${Math.round((Date.now() - startedMs) / 1000)} s`;
    process.stderr.write(process.stderr.isTTY ? `\r${text}` : `${text}\n`);
  };
  progress();
  const timer = setInterval(progress, process.stderr.isTTY ? 1_000 : 15_000);
  const stopNpm = (signal) => npm.kill(signal);
  process.once('SIGINT', stopNpm).once('SIGTERM', stopNpm);
  const code = await new Promise((done) => {
    npm.once('error', (error) => done(error.code === 'ENOENT' ? 'no npm' : error.message));
    npm.once('close', (exitCode, signal) => done(exitCode ?? signal));
  });
  clearInterval(timer);
  process.stderr.write(process.stderr.isTTY ? '\n' : '');
  if (code === 0) return;
  process.stderr.write(complaint);
  fail(whyInstallFailed(code, complaint));
}

function whyInstallFailed(code, complaint) {
  if (code === 'no npm') return 'npm is not on PATH; it comes with Node (https://nodejs.org).';
  if (code === 'SIGINT' || code === 'SIGTERM')
    return 'The installation was interrupted; the next start begins it anew.';
  if (/ENOSPC/.test(complaint)) return 'The disk is full: the packages need about 900 MB.';
  if (/ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|ENETUNREACH/.test(complaint))
    return 'The npm registry cannot be reached: check the network, and npm config get registry.';
  if (/EACCES|EPERM/.test(complaint)) return `npm may not write into ${join(root, 'node_modules')}.`;
  if (/EUSAGE/.test(complaint)) return 'package-lock.json does not fit package.json: run npm install and commit both.';
  return `The packages could not be installed (npm ci ended with ${code}).`;
}

/** npm must not run on the Node in node_modules, which it is about to remove. */
function pathWithoutOurNode() {
  const inside = join(root, 'node_modules');
  return (process.env.PATH ?? '')
    .split(delimiter)
    .filter((entry) => !resolve(entry).startsWith(inside))
    .join(delimiter);
}

function requireNode24() {
  const version = spawnSync(join(bin, 'node'), ['--version'], { encoding: 'utf8' }).stdout?.trim() ?? '';
  if (Number(/^v(\d+)/.exec(version)?.[1] ?? 0) < 24)
    fail(
      'The Node of the npm package "node" is not in node_modules, probably because npm runs no install scripts here: ' +
        'check npm config get ignore-scripts, remove node_modules and try again.',
    );
}

function build() {
  const { status, error } = spawnSync(join(bin, 'tsc'), ['-b'], {
    cwd: root,
    stdio: ['ignore', process.stderr, process.stderr],
    env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` },
  });
  if (status === 0) return;
  fail(
    error
      ? `The compiler could not be started: ${error.message}.`
      : 'The sources do not compile; the reasons are above.',
  );
}

/** The browser's application, when its sources are not what the last build was made of. */
function buildWeb() {
  const web = join(root, 'apps', 'web');
  const stampOfBuild = join(web, 'dist', '.built');
  const stampOfSources = webStamp(web);
  if (read(stampOfBuild) === stampOfSources) return;
  const { status, error } = spawnSync(join(bin, 'vite'), ['build', web, '--logLevel', 'warn'], {
    cwd: root,
    stdio: ['ignore', process.stderr, process.stderr],
    // A spec that builds brings Jest's NODE_ENV, which would make it half as large again and slower.
    env: { ...process.env, NODE_ENV: 'production', PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` },
  });
  if (status !== 0)
    fail(error ? `The web's build could not be started: ${error.message}.` : 'The web application does not build.');
  writeFileSync(stampOfBuild, stampOfSources);
}

/** Contents, not times: a fresh checkout and a copied one count the same. */
function webStamp(web) {
  const hash = createHash('sha256').update(read(stampFile));
  const files = readdirSync(web, { recursive: true }).map(String).sort();
  for (const file of files) {
    if (/^(dist|node_modules)([/\\]|$)/.test(file) || !statSync(join(web, file)).isFile()) continue;
    hash.update(`${file}\0`).update(readFileSync(join(web, file)));
  }
  return hash.digest('hex');
}

function read(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

function fail(sentence) {
  process.stderr.write(`\n${sentence}\n`);
  process.exit(1);
}
