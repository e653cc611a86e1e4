import { CannotRun, System } from '@latchkey/chaos/parts';
import { findProgram, findPrometheus, LocalProblem } from '@latchkey/local';
import { Command } from 'commander';
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { alertRules } from '../alerts/rules.js';
import { repoDir } from '../repo.js';
import { askDashboards, tenantsInMetrics } from './ask-dashboards.js';
import { Monitoring } from './monitoring.js';
import { section, writeSection } from './report.js';
import { Stage } from './stage.js';
import { stories } from './stories.js';
import { tell, type Proof } from './tell.js';

const beganMs = performance.now();

function say(text: string): void {
  process.stderr.write(`${((performance.now() - beganMs) / 1_000).toFixed(1).padStart(7)} s  ${text}\n`);
}

interface Options {
  only?: string;
  report?: string;
  keep: boolean;
}

const options = new Command('npm run alerts:prove --')
  .description(
    'Starts a system of its own with Prometheus and Alertmanager, causes what each alert is about, and listens to Alertmanager ' +
      'until the alert fires and, the cause being gone, is resolved. Ports from LATCHKEY_PORT_BASE (6300). ' +
      'Exit code 0: all of them did; 1: one did not; 2: it could not run.',
  )
  .option('--only <text>', 'only the stories whose name has this in it')
  .option('--report <file>', 'write the table into this page')
  .option('--keep', 'leave logs and data', false)
  .parse()
  .opts<Options>();

const portBase = Number(process.env['LATCHKEY_PORT_BASE'] || 6_300);
const dataDir = resolve(process.env['LATCHKEY_DATA_DIR'] || join(repoDir, '.latchkey-alerts'));
const closing: (() => Promise<void>)[] = [];
const closeAll = async () => {
  for (const close of closing.splice(0).reverse()) await close().catch((error: unknown) => say(String(error)));
  if (!options.keep) rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
};
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void closeAll().then(() => process.exit(130)));

async function main(): Promise<number> {
  const alertmanager = (await findProgram('prometheus-alertmanager')) ?? (await findProgram('alertmanager'));
  if (!alertmanager)
    throw new LocalProblem('Alertmanager is not on PATH: install it (on Debian the package prometheus-alertmanager).');
  const programs = { prometheus: await findPrometheus('prometheus', say), alertmanager };
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  say(`starting a system on ports from ${portBase}, data in ${dataDir}`);
  // No pool: everybody meets the recipe, where the causes are.
  const system = await System.start({ portBase, dataDir, env: { WARM_POOL_SIZE: '0' } });
  closing.push(() => system.stop());
  const monitoring = await Monitoring.start({ portBase, dataDir: join(dataDir, 'monitoring'), programs });
  closing.push(() => monitoring.stop());
  const stage = new Stage(system);
  await sleep(10_000);
  const proofs: Proof[] = [];
  for (const story of stories().filter(({ name }) => name.includes(options.only ?? ''))) {
    try {
      proofs.push(...(await tell(story, stage, monitoring, say)));
    } catch (error) {
      say(`${story.name}: BROKE OFF: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
    await stage.clear();
    await stage.discardDeadLetters();
  }
  const answers = await askDashboards(monitoring);
  for (const complaint of answers.refused) say(`refused: ${complaint}`);
  for (const name of answers.neverSeen) say(`on a dashboard, and never seen: ${name}`);
  const strangers = await tenantsInMetrics(monitoring);
  for (const series of strangers) say(`a tenant in a label: ${series}`);
  const versions = Object.values(programs).map(
    (program) => execFileSync(program, ['--version'], { encoding: 'utf8' }).split('\n')[0]?.split(' (')[0] ?? program,
  );
  const text = section(proofs, answers, versions.join(', '));
  if (options.report) writeSection(resolve(options.report), text);
  process.stdout.write(`${text}\n`);
  const wanted = options.only ? proofs.map(({ alert }) => alert) : alertRules().map(({ alert }) => alert);
  const missing = wanted.filter((alert) => {
    const proof = proofs.find((one) => one.alert === alert);
    return !proof || proof.firedAfterSeconds === null || proof.resolvedAfterSeconds === null;
  });
  for (const alert of missing) say(`${alert} was not proven`);
  const isGood = missing.length + answers.refused.length + strangers.length === 0;
  return isGood && proofs.length > 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof CannotRun || error instanceof LocalProblem)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
} finally {
  await closeAll();
}
