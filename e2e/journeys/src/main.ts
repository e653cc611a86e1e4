import pLimit from 'p-limit';
import { addressesFrom, assertAllAnswer } from './addresses.js';
import { audit } from './audit.js';
import { CannotGoOn, readOptions, type Options } from './options.js';
import { Progress } from './progress.js';
import { isGood, reportOf, reportText } from './report.js';
import { StageTimes } from './stages.js';
import { Stranger, type Journey } from './stranger.js';

/** `npm run journey`: strangers through the whole story, then the audit of what it left behind. */
async function main(): Promise<number> {
  const options = readOptions(process.argv, process.env);
  const addresses = addressesFrom(options.url);
  await assertAllAnswer(addresses, options.operatorToken);
  const startedMs = performance.now();
  const times = new StageTimes();
  const retries = new Map<string, number>();
  const journeys = await sendStrangers(options, times, retries);
  const durationMs = performance.now() - startedMs;
  const findings = await audit(journeys, {
    addresses,
    operatorToken: options.operatorToken,
    settleMs: options.timeoutSeconds * 1_000,
    onProgress: (settled, total) => process.stderr.write(`audit: ${settled} of ${total} tenants settled\n`),
  });
  const report = reportOf({ journeys, findings, times, retries, durationMs });
  process.stdout.write(`${options.json ? JSON.stringify(report) : reportText(report)}\n`);
  return isGood(report) ? 0 : 1;
}

async function sendStrangers(options: Options, times: StageTimes, retries: Map<string, number>): Promise<Journey[]> {
  // Unique per run, so that one system can be driven again and again.
  const run = `${Date.now().toString(36)}${Math.floor(Math.random() * 46_656).toString(36)}`;
  const progress = new Progress(options.tenants, process.stderr);
  const noteRetry = (reason: string) => void retries.set(reason, (retries.get(reason) ?? 0) + 1);
  const addresses = addressesFrom(options.url);
  const limit = pLimit(options.concurrency);
  const welcomes: Promise<void>[] = [];
  const numbers = Array.from({ length: options.tenants }, (_, index) => index + 1);
  const journeys = await limit.map(numbers, async (number) => {
    const stranger = new Stranger(run, number, addresses, times, options.timeoutSeconds * 1_000, noteRetry);
    const journey = await stranger.live();
    welcomes.push(stranger.welcomed);
    progress.ended(journey);
    return journey;
  });
  await Promise.all(welcomes);
  progress.stop();
  return journeys;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof CannotGoOn)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
