import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isGood, sentencesOf, summarize, summaryText } from '../report.js';
import { CannotRun } from '../system.js';
import { powerCutSentence } from './acknowledged.js';
import { Disk } from './disk.js';
import { Machines } from './machines.js';
import { type PowerCutOptions, readPowerCutOptions } from './options.js';
import { powerCutPage } from './report-page.js';
import { cutAndJudge } from './run.js';

const beganMs = performance.now();

/** Progress goes to stderr, so that stdout is the answer alone. */
function say(text: string): void {
  process.stderr.write(`${((performance.now() - beganMs) / 1_000).toFixed(1).padStart(7)} s  ${text}\n`);
}

async function main(options: PowerCutOptions): Promise<number> {
  const { seed, tenants, cuts: wanted, keep } = options;
  const whyNot = await Disk.whyNot();
  if (whyNot !== undefined) throw new CannotRun(whyNot);
  const machines = new Machines(options.portBase);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => void machines.end({ politely: false, keep }).finally(() => process.exit(130)));
  try {
    say(
      `seed ${seed}: ${tenants} strangers, ${wanted} power cuts, ports from ${options.portBase}, ${machines.directory}`,
    );
    await machines.start();
    const { result, cuts } = await cutAndJudge(machines, { seed, tenants, cuts: wanted }, say);
    const summary = summarize([result], { declared: 0, hit: 0 });
    if (options.report) {
      mkdirSync(dirname(options.report), { recursive: true });
      writeFileSync(options.report, powerCutPage(summary, cuts, process.argv.slice(2)));
    }
    const sentences = new Map([...sentencesOf(), ['I-28', powerCutSentence]]);
    process.stdout.write(
      `${options.json ? JSON.stringify({ ...summary, cuts }) : summaryText(summary, [result], sentences)}\n`,
    );
    await machines.end({ politely: true, keep });
    return isGood(summary) ? 0 : 1;
  } catch (error) {
    // Why the run failed is told in any case; a failing clean-up is only said beside it.
    await machines.end({ politely: false, keep }).catch((reason: Error) => say(`clean-up: ${reason.message}`));
    throw error;
  }
}

try {
  process.exitCode = await main(readPowerCutOptions(process.argv, process.env));
} catch (error) {
  if (!(error instanceof CannotRun)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
