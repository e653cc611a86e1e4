import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { armCrashPoint } from '@latchkey/shared/crash';
import { Matrix, type MatrixResult } from './matrix.js';
import { readOptions, type Options } from './options.js';
import { onceInALife } from './points.js';
import { reportPage } from './report-page.js';
import { isGood, sentencesOf, type Summary, summarize, summaryText } from './report.js';
import { type RunResult, runOnce } from './run.js';
import { CannotRun, System } from './system.js';

const patienceMs = 120_000;
const quiesceMs = 120_000;
const beganMs = performance.now();

/** Progress goes to stderr, so that stdout is the answer alone. */
function say(text: string): void {
  process.stderr.write(`${((performance.now() - beganMs) / 1_000).toFixed(1).padStart(7)} s  ${text}\n`);
}

let system: System | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void (system?.stop() ?? Promise.resolve()).then(() => process.exit(130)));

/** In the matrix everything dies all the time, and a stranger's patience must outlast that. */
const matrixPatienceMs = 15 * 60_000;
const matrixEnvironment = {
  // Cancelled tenants are removed at once: the doors behind a grace of days must be passed too.
  DEPROVISION_GRACE_DAYS: '0',
  LATCHKEY_RESTART_PAUSE_MAX_MS: '250',
  // Most strangers meet an empty pool: the recipe is where the points are.
  WARM_POOL_SIZE: '2',
};

/** A fresh system, unless one that was kept is to go on; nothing of an earlier one is left in its directory. */
async function freshSystem({ dataDir, portBase, matrix, resume, rehearse }: Options): Promise<System> {
  if (!resume) rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  const crashDir = join(dataDir, 'crash');
  const armed = matrix && !resume && !rehearse ? onceInALife : [];
  for (const [service, point] of armed) armCrashPoint(crashDir, service, point);
  say(`starting a system on ports from ${portBase}, data in ${dataDir}`);
  for (let tries = 0; ; tries++) {
    try {
      system = await System.start({ portBase, dataDir, env: matrix ? matrixEnvironment : {} });
      break;
    } catch (error) {
      // The host gives up on a service that dies before it was ever ready: whoever started it starts it again.
      if (tries === armed.length) throw error;
      say('a part died while it started; once more');
    }
  }
  return system;
}

async function endSystem({ dataDir, keep }: Options, keptAs?: string): Promise<void> {
  await system?.stop();
  system = undefined;
  if (!keep) rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  else if (keptAs !== undefined) renameSync(dataDir, `${dataDir}-${keptAs}`);
}

async function main(options: Options): Promise<number> {
  const results: RunResult[] = [];
  try {
    if (options.matrix) return await matrix(await freshSystem(options), options);
    for (const seed of options.seeds) {
      const { tenants, faults } = options;
      const natsAwayMs = options.natsAwaySeconds * 1_000;
      const current = system ?? (await freshSystem(options));
      say(`seed ${seed}: ${tenants} strangers, faults: ${faults.join(', ') || 'none'}`);
      const result = await runOnce(current, { seed, tenants, faults }, { patienceMs, quiesceMs, natsAwayMs, say });
      results.push(result);
      const broken = Object.values(result.verdicts).reduce((sum, { violations }) => sum + violations.length, 0);
      const rest = result.moving.length === 0 ? 'at rest' : 'NOT AT REST';
      say(`seed ${seed}: ${broken} violations, ${rest} after ${result.seconds.toFixed(0)} s`);
      // What is wrong in one run must not be counted again in the next.
      const last = seed === options.seeds.at(-1);
      if (!last && (broken > 0 || result.moving.length > 0)) await endSystem(options, `seed-${seed}`);
    }
  } finally {
    await endSystem(options);
  }
  const summary = summarize(results, { declared: 0, hit: 0 });
  publish(options, summary);
  process.stdout.write(`${options.json ? JSON.stringify(summary) : summaryText(summary, results, sentencesOf())}\n`);
  return isGood(summary) ? 0 : 1;
}

function publish({ report }: Options, summary: Summary, points?: Pick<MatrixResult, 'missing' | 'groups'>): void {
  if (report) writeFileSync(report, reportPage(summary, process.argv.slice(2), points));
}

const violationsOf = ({ verdicts }: RunResult) =>
  Object.entries(verdicts).flatMap(([id, { violations }]) => violations.map((violation) => ({ id, ...violation })));

/** `--matrix`: one death at every crash point. */
async function matrix(system: System, options: Options): Promise<number> {
  const budgetMs = options.minutes * 60_000;
  const found = await new Matrix(system, options.seeds[0]!, {
    patienceMs: matrixPatienceMs,
    quiesceMs,
    say,
    budgetMs,
    rehearsal: options.rehearse,
    known: options.resume,
  }).play();
  const summary = summarize([found.result], found.crashPoints);
  publish(options, summary, found);
  if (options.json)
    process.stdout.write(
      `${JSON.stringify({ ...summary, missing: found.missing, undeclared: found.undeclared, violations: violationsOf(found.result) })}\n`,
    );
  else {
    process.stdout.write(`${summaryText(summary, [found.result], sentencesOf())}\n`);
    for (const point of found.missing) process.stdout.write(`not reached: ${point}\n`);
    for (const point of found.undeclared) process.stdout.write(`passed and not declared: ${point}\n`);
  }
  return isGood(summary) && found.undeclared.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main(readOptions(process.argv, process.env));
} catch (error) {
  if (!(error instanceof CannotRun)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
