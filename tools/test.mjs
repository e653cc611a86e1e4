// What `npm test` runs: one PostgreSQL for the whole run, then format, lint and types, tests, and the canaries of the
// boundary rules. Every step runs even when one before it failed; the exit code is 0 only when all passed.
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, relative, resolve } from 'node:path';
import { cacheDir, findNatsServer, freePort, startPostgres } from '../libs/local/dist/index.js';

const root = resolve(import.meta.dirname, '..');
const startedMs = performance.now();
// Projects are tested side by side, so each Jest keeps to one process. Test results are never taken from the cache: a spec
// also runs the sandbox and the services as built programs, which Nx does not count among its inputs.
const test = [
  'nx',
  'run-many',
  '-t',
  'test',
  '--skipNxCache',
  '--outputStyle=static',
  '--maxWorkers=1',
  '--parallel=1',
];
// Most specs wait more than they compute, so three lanes fill two cores. The longest suites come first in theirs: begun
// last, they would keep one core busy while the others have nothing left to do.
const browser = 'web-e2e,chaos,operator';
const services = 'billing-webhooks,workspace,provisioner,shared,local,journeys,host';

/** A Jest whose spec left something open never ends by itself; what failed must be told all the same. */
const commandMinutesMax = 15;

/** A name, and the commands that run side by side. */
const steps = [
  [
    'checks',
    ['prettier', '--check', '--log-level=warn', '.'],
    // Without Nx's graph of the projects the rule of their boundaries would be skipped, with no more than a warning.
    ['sh', '-c', 'nx show projects > /dev/null && eslint --max-warnings=0 .'],
    // All projects but those of the browser in one program: a target per project would read the libraries 20 times.
    ['tsc', '-p', 'tsconfig.spec.json'],
    ['nx', 'run-many', '-t', 'typecheck', '--projects=web,web-e2e', '--parallel=1', '--outputStyle=static'],
  ],
  [
    'tests',
    [...test, `--projects=${browser}`],
    [...test, `--projects=${services}`],
    [...test, `--exclude=${browser},${services}`],
  ],
  ['canaries', ['node', 'tools/canaries/check.mjs']],
  ['docs', ['node', 'tools/check-docs.mjs']],
];

const dataDir = mkdtempSync(join(tmpdir(), 'latchkey-test-'));
// Under root PostgreSQL runs as nobody, who must be able to walk in.
chmodSync(dataDir, 0o755);
const running = new Set();
const report = join(dataDir, 'report.jsonl');
let postgres;
const stop = async (code) => {
  process.exitCode = code;
  await postgres?.stop();

  rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  process.exit(code);
};
for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => {
    for (const child of running) process.kill(-child.pid, 'SIGTERM');
    void stop(130);
  });

try {
  const only = process.argv.slice(2);
  const chosen = only.length > 0 ? steps.filter(([name]) => only.includes(name)) : steps;
  if (chosen.length === 0)
    throw new Error(`There is no such step; the steps are ${steps.map(([name]) => name).join(', ')}.`);
  // Fetched once and here, with its progress on the screen, instead of by the first specs side by side.
  await findNatsServer({ cacheDir: cacheDir(), onProgress: (line) => console.log(line) });
  postgres = await startPostgres({ dataDir: join(dataDir, 'pg'), port: await freePort(), fsync: false });
  const env = {
    ...process.env,
    PATH: `${join(root, 'node_modules/.bin')}${delimiter}${process.env.PATH ?? ''}`,
    TEST_POSTGRES_URL: postgres.url('postgres'),
    TEST_REPORT: report,
    NX_DAEMON: 'false',
    // Not NO_COLOR: Nx sets FORCE_COLOR where it is not set, and Node warns of every child that has both.
    FORCE_COLOR: process.stdout.isTTY ? '1' : '0',
  };
  const results = [];
  for (const [name, ...commands] of chosen) {
    const [program, script] = commands[0];
    if (program === 'node' && !existsSync(join(root, script))) {
      results.push([name, false, 'its script is missing']);
      continue;
    }
    console.log(`\n== ${name} ${'='.repeat(Math.max(0, 70 - name.length))}`);
    const stepMs = performance.now();
    const codes = await Promise.all(commands.map(([command, ...args]) => run(command, args, env)));
    const failure = codes.find((code) => code !== 0);
    results.push([
      name,
      failure === undefined,
      `${seconds(stepMs)}${failure === undefined ? '' : `, exit code ${failure}`}`,
    ]);
  }
  printReport();
  console.log(`\n== result ${'='.repeat(64)}`);
  for (const [name, passed, detail] of results)
    console.log(`${passed ? 'passed' : 'FAILED'}  ${name.padEnd(16)} ${detail}`);
  const passed = results.every(([, ok]) => ok);
  console.log(`${passed ? 'All passed' : 'Not everything passed'} in ${seconds(startedMs)}.`);
  await stop(passed ? 0 : 1);
} catch (error) {
  console.error(error.name === 'LocalProblem' ? error.message : error);
  await stop(1);
}

/** What failed, and what took longest: written by tools/jest-report.mjs, a line per spec file. */
function printReport() {
  if (!existsSync(report)) return;
  const files = readFileSync(report, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  const slowest = files.toSorted((a, b) => b.seconds - a.seconds).slice(0, 12);
  console.log(`\n== the longest of ${files.length} spec files ${'='.repeat(43)}`);
  for (const { path, seconds } of slowest) console.log(`${seconds.toFixed(1).padStart(6)} s  ${relative(root, path)}`);
  for (const { path, failures } of files)
    for (const { name, why } of failures) console.log(`\nFAILED  ${relative(root, path)}: ${name}\n${why}`);
}

/** In a process group of its own, so that Ctrl-C can end Jest and everything it started at once. */
function run(program, args, env) {
  return new Promise((done) => {
    const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'], detached: true });
    running.add(child);
    const tooLong = setTimeout(() => {
      console.error(`${program} ${args.join(' ')} has not ended in ${commandMinutesMax} minutes and is ended.`);
      process.kill(-child.pid, 'SIGTERM');
    }, commandMinutesMax * 60_000);
    child.once('error', (error) => done(error.message));
    child.once('close', (code, signal) => {
      clearTimeout(tooLong);
      running.delete(child);
      done(code ?? signal);
    });
  });
}

function seconds(sinceMs) {
  return `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;
}
