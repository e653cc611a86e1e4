import { CannotRun, System } from '@latchkey/chaos/parts';
import { CannotGoOn } from '@latchkey/journeys/parts';
import { rmSync, writeFileSync } from 'node:fs';
import { readOptions, type Options } from './options.js';
import { buildRelease, removeRelease, thisRelease, type Release } from './release.js';
import { page, reasonsAgainst, type Outcome } from './report.js';
import { Deployments } from './roll.js';
import { rollUnderLoad } from './run.js';

const beganMs = performance.now();
/** Progress goes to stderr, so that stdout is the answer alone. */
const say = (text: string) =>
  void process.stderr.write(`${((performance.now() - beganMs) / 1_000).toFixed(1).padStart(7)} s  ${text}\n`);

/** The servers and the vendors run under the host; the six services are ours to start, replace and end. */
const infrastructure = 'postgres,nats,sandbox';
/** A few warm workspaces: most strangers pass the recipe, where a roll can hurt. */
const tuning = { WARM_POOL_SIZE: '6', SIGNUPS_PER_EMAIL_PER_DAY: '100000' };

let system: System | undefined;
let deployments: Deployments | undefined;

async function stop(): Promise<void> {
  await deployments?.stop();
  await system?.stop();
}
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void stop().finally(() => process.exit(130)));

async function main(options: Options): Promise<number> {
  const { dataDir, portBase, from: ref } = options;
  const releaseDir = `${dataDir}-from`;
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  const to = await thisRelease();
  let from: Release | undefined;
  try {
    if (ref !== undefined) say(`building ${ref} in ${releaseDir}`);
    from = ref === undefined ? to : await buildRelease(ref, releaseDir);
    say(`starting a system of ${from.name} on ports from ${portBase}, data in ${dataDir}`);
    system = await System.start({ portBase, dataDir, env: { LATCHKEY_PARTS: infrastructure } });
    const env = { ...process.env, ...tuning, LATCHKEY_PORT_BASE: String(portBase), LATCHKEY_DATA_DIR: dataDir };
    deployments = new Deployments({ portBase, dataDir, env });
    await deployments.deploy(from);
    say(`all six are ready; rolling them to ${to.name}`);
    const outcome = await rollUnderLoad(system, deployments, { from, to }, { ...options, say });
    publish(outcome, options);
    return reasonsAgainst(outcome).length === 0 ? 0 : 1;
  } finally {
    await stop();
    if (!options.keep) rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
    if (ref !== undefined && !options.keep) await removeRelease({ name: ref, dir: releaseDir });
  }
}

function publish(outcome: Outcome, { json, report }: Options): void {
  const text = page(outcome, ['npm run rolling --', ...process.argv.slice(2)].join(' ').replace(/ --$/, ''));
  if (report) writeFileSync(report, text);
  process.stdout.write(json ? `${JSON.stringify(outcome)}\n` : text);
}

try {
  process.exitCode = await main(readOptions(process.argv, process.env));
} catch (error) {
  if (!(error instanceof CannotRun || error instanceof CannotGoOn)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
