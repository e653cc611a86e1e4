import { CannotRun, Sandbox, System } from '@latchkey/chaos/parts';
import { Command, InvalidArgumentError } from 'commander';
import { rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { measureAll, type Sizes } from './measure.js';
import { pageOf } from './page.js';

const whole: Sizes = {
  rates: [1, 5, 20, 50],
  seconds: 10,
  tenantsLeast: 20,
  tenantsMost: 300,
  burst: 1_000,
  webhooks: 1_000,
  facts: 5_000,
};
/** Shows that the bench works; its numbers say little. */
const quick: Sizes = {
  rates: [1, 5],
  seconds: 2,
  tenantsLeast: 5,
  tenantsMost: 20,
  burst: 30,
  webhooks: 100,
  facts: 500,
};

interface Options {
  quick: boolean;
  json: boolean;
  report?: string;
  latency: string;
  portBase: number;
  warmPool: number;
}

function readOptions(argv: readonly string[]): Options {
  return new Command('npm run bench --')
    .description(
      'Starts a system of its own and measures it: signups and their bound, payment to active at 1, 5, 20 and 50 tenants a ' +
        'second, a burst with failing vendors, webhooks, facts, and what a tenant costs; beside a plain program that does the ' +
        'same work without guarantees. Nothing else should run on the machine. Exit code 1: somebody was lost; 2: it could not run.',
    )
    .option('--quick', 'small numbers, to see that it works', false)
    .option('--json', 'the findings as one JSON object on stdout', false)
    .option('--report <file>', 'write the page, such as docs/performance.md')
    .option('--latency <list>', 'how long the vendors take', 'stripe=80,pinecone=40,openai=120,sendgrid=30')
    .option('--warm-pool <n>', 'workspaces kept ready', wholeNumber, 40)
    .option('--port-base <n>', 'first port of the system', wholeNumber, 6_500)
    .parse(argv)
    .opts<Options>();
}

function wholeNumber(text: string): number {
  if (!/^\d{1,5}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

const beganMs = performance.now();
const say = (text: string) =>
  void process.stderr.write(`${((performance.now() - beganMs) / 1_000).toFixed(1).padStart(7)} s  ${text}\n`);

let system: System | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void (system?.stop() ?? Promise.resolve()).then(() => process.exit(130)));

async function main(options: Options): Promise<number> {
  if (process.platform !== 'linux')
    throw new CannotRun('The bench reads what processes use from /proc: it needs Linux.');
  const dataDir = resolve(import.meta.dirname, '../../.latchkey-bench');
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  say(`starting a system on ports from ${options.portBase}, data in ${dataDir}`);
  const env = { SANDBOX_LATENCY_MS: options.latency, WARM_POOL_SIZE: String(options.warmPool) };
  system = await System.start({ portBase: options.portBase, dataDir, env });
  try {
    const sandbox = new Sandbox(system.url('console'));
    const found = await measureAll(system, sandbox, options.quick ? quick : whole, say);
    const page = pageOf(found, ['npm run bench --', ...process.argv.slice(2)].join(' '), options.latency);
    if (options.report) writeFileSync(options.report, page);
    // Maps have no JSON of their own.
    const plainMaps = (_: string, value: unknown) => (value instanceof Map ? Object.fromEntries(value) : value);
    process.stdout.write(options.json ? `${JSON.stringify(found, plainMaps)}\n` : page);
    const runs = [...found.offered.map(({ payments }) => payments), found.atOnce, found.burst];
    return runs.some(({ lost }) => lost > 0) ? 1 : 0;
  } finally {
    await system.stop();
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

try {
  process.exitCode = await main(readOptions(process.argv));
} catch (error) {
  if (!(error instanceof CannotRun)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
