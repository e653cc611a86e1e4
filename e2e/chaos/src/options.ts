import { Command, InvalidArgumentError } from 'commander';
import { resolve } from 'node:path';
import { faultClasses, type FaultClass } from './faults.js';

export interface Options {
  seeds: number[];
  tenants: number;
  faults: FaultClass[];
  json: boolean;
  keep: boolean;
  matrix: boolean;
  rehearse: boolean;
  resume: boolean;
  /** Of the matrix: after this no new round begins. */
  minutes: number;
  natsAwaySeconds: number;
  report: string | undefined;
  portBase: number;
  dataDir: string;
}

const usualFaults: FaultClass[] = ['kill', 'stop', 'vendor', 'webhook'];

/** Reads the command line; LATCHKEY_PORT_BASE and LATCHKEY_CHAOS_DIR say where the system of the run lives. */
export function readOptions(argv: readonly string[], env: NodeJS.ProcessEnv): Options {
  const command = new Command('npm run chaos --')
    .description(
      'Starts a system of its own, sends strangers through it, breaks it meanwhile as the seed says, lets it come to rest and ' +
        'checks that nothing was lost and nothing done twice. The same seed and flags break it in the same way again. ' +
        'Exit code 0: every promise held; 1: one was broken, or the system did not come to rest; 2: it could not run.',
    )
    .option('--seed <n>', 'the plan is drawn from it', seedsOf, [1])
    .option('--seeds <a..b>', 'several runs, one after the other on one system', seedsOf)
    .option('--tenants <n>', 'how many strangers in each run', wholeNumber(1, 2_000), 100)
    .option('--faults <list>', `of ${faultClasses.join(', ')}; none for a run without any`, faultsOf, usualFaults)
    .option('--matrix', 'instead of a seeded run: kill the process once at every crash point', false)
    .option('--rehearse', 'of --matrix: kill nobody, and name the points that nothing passes', false)
    .option('--resume', 'of --matrix: go on with the system that --keep left; points hit there count', false)
    .option(
      '--minutes <n>',
      'of --matrix: after this no new round begins; 0 without --resume: only what is passed while a new system starts',
      wholeNumber(0, 600),
      30,
    )
    .option('--nats-away-seconds <n>', 'how long I-27 keeps NATS away', wholeNumber(1, 600), 5)
    .option('--json', 'one JSON object on stdout; progress goes to stderr', false)
    .option('--keep', 'leave data and logs where they are', false)
    .option('--report <file>', 'write the report as Markdown')
    .option(
      '--port-base <n>',
      'first port of the system',
      wholeNumber(1_024, 65_000),
      Number(env['LATCHKEY_PORT_BASE'] || 6_100),
    );
  command.parse(argv);
  const { seed, seeds, ...given } = command.opts<Omit<Options, 'seeds'> & { seed: number[]; seeds?: number[] }>();
  const dataDir = resolve(env['LATCHKEY_CHAOS_DIR'] || resolve(import.meta.dirname, '../../../.latchkey-chaos'));
  return { ...given, report: given.report, seeds: seeds ?? seed, dataDir };
}

export function seedsOf(text: string): number[] {
  const [, from, to] = /^(\d{1,9})(?:\.\.(\d{1,9}))?$/.exec(text) ?? [];
  const first = Number(from);
  const last = to === undefined ? first : Number(to);
  if (from === undefined || last < first || last - first > 999)
    throw new InvalidArgumentError('It must be a number such as 7, or a range such as 1..20.');
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

export function faultsOf(text: string): FaultClass[] {
  if (text === 'none') return [];
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !(faultClasses as readonly string[]).includes(name));
  if (unknown !== undefined) throw new InvalidArgumentError(`There is no fault class "${unknown}".`);
  return names as FaultClass[];
}

export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most)
      throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
    return value;
  };
}
