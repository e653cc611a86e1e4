import { rmSync } from 'node:fs';
import { readOptions, type Options } from './options.js';
import { isGood, sentencesOf, summarize, summaryText } from './report.js';
import { type RunResult, runOnce } from './run.js';
import { CannotRun, System } from './system.js';

const patienceMs = 120_000;
const quiesceMs = 120_000;
const beganMs = performance.now();

/** Progress goes to stderr, so that stdout is the answer alone. */
function say(text: string): void {
  process.stderr.write(`${((performance.now() - beganMs) / 1_000).toFixed(1).padStart(7)} s  ${text}\n`);
}

async function main(options: Options): Promise<number> {
  const { dataDir, portBase } = options;
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  say(`starting a system on ports from ${portBase}, data in ${dataDir}`);
  const system = await System.start({ portBase, dataDir });
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void system.stop().then(() => process.exit(130)));
  const results: RunResult[] = [];
  try {
    for (const seed of options.seeds) {
      const { tenants, faults } = options;
      say(`seed ${seed}: ${tenants} strangers, faults: ${faults.join(', ') || 'none'}`);
      const result = await runOnce(system, { seed, tenants, faults }, { patienceMs, quiesceMs, say });
      results.push(result);
      const broken = Object.values(result.verdicts).reduce((sum, { violations }) => sum + violations.length, 0);
      say(
        `seed ${seed}: ${broken} violations, ${result.moving.length === 0 ? 'at rest' : 'NOT AT REST'} after ${result.seconds.toFixed(0)} s`,
      );
    }
  } finally {
    await system.stop();
    if (!options.keep) rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
  const summary = summarize(results, { declared: 0, hit: 0 });
  process.stdout.write(`${options.json ? JSON.stringify(summary) : summaryText(summary, results, sentencesOf())}\n`);
  return isGood(summary) ? 0 : 1;
}

try {
  process.exitCode = await main(readOptions(process.argv, process.env));
} catch (error) {
  if (!(error instanceof CannotRun)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
