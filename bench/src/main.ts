import { CannotRun, Sandbox, System } from '@latchkey/chaos/parts';
import { Command, InvalidArgumentError } from 'commander';
import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { measureAll, type Sizes } from './measure.js';
import { growthSection } from './growth/growth-page.js';
import { measureGrowth, type GrowthSizes } from './growth/measure-growth.js';
import { writePart } from './page-file.js';
import { pageOf } from './page.js';

const whole: Sizes = {
  rates: [1, 5, 20, 50],
  seconds: 10,
  tenantsLeast: 20,
  tenantsMost: 300,
  burst: 1_000,
  webhooks: 1_000,
  facts: 5_000,
  warmUps: 4,
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
  warmUps: 1,
};

/** How many tenants are there already, one size after the other. */
const growth: Omit<GrowthSizes, 'tenants'> = { comers: 40, perSecond: 2, idleMs: 10_000 };
const quickGrowth: Omit<GrowthSizes, 'tenants'> = { comers: 5, perSecond: 2, idleMs: 2_000 };

interface Options {
  growth: boolean;
  tenants: number[];
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
    .option('--growth', 'instead: what costs more when many tenants are there already', false)
    .option('--tenants <list>', 'with --growth: how many, one after the other', ascending, [1_000, 10_000, 100_000])
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

function ascending(text: string): number[] {
  const list = text.split(',').map(Number);
  if (list.some((count, index) => !Number.isInteger(count) || count <= (list[index - 1] ?? 99) || count > 1_000_000))
    throw new InvalidArgumentError('It must be whole numbers from 100 to 1000000, each above the one before.');
  return list;
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
  const env = {
    SANDBOX_LATENCY_MS: options.latency,
    WARM_POOL_SIZE: String(options.warmPool),
    // Each crash point is a look at the disk.
    CRASH_POINTS_DIR: '',
  };
  system = await System.start({ portBase: options.portBase, dataDir, env });
  try {
    const command = ['npm run bench --', ...process.argv.slice(2)].join(' ');
    const { found, page, lost } = options.growth
      ? await grow(system, options, command)
      : await run(system, options, command);
    if (options.report) writePart(options.report, options.growth ? 'growth' : 'whole run', page);
    // Maps have no JSON of their own.
    const plainMaps = (_: string, value: unknown) => (value instanceof Map ? Object.fromEntries(value) : value);
    process.stdout.write(options.json ? `${JSON.stringify(found, plainMaps)}\n` : page);
    return lost > 0 ? 1 : 0;
  } finally {
    await system.stop();
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

interface Outcome {
  found: object;
  page: string;
  lost: number;
}

async function run(system: System, { quick: isQuick, latency }: Options, command: string): Promise<Outcome> {
  const found = await measureAll(system, new Sandbox(system.url('console')), isQuick ? quick : whole, say);
  const runs = [...found.offered.map(({ payments }) => payments), found.atOnce, found.burst];
  return { found, page: pageOf(found, command, latency), lost: runs.reduce((all, { lost }) => all + lost, 0) };
}

async function grow(system: System, { quick: isQuick, latency, tenants }: Options, command: string): Promise<Outcome> {
  const found = await measureGrowth(system, { ...(isQuick ? quickGrowth : growth), tenants }, say);
  const lost = [found.young, ...found.grown].reduce((all, { payments }) => all + payments.lost, 0);
  return { found, page: growthSection(found, command, latency), lost };
}

try {
  process.exitCode = await main(readOptions(process.argv));
} catch (error) {
  if (!(error instanceof CannotRun)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
