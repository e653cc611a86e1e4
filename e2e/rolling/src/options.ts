import { Command, InvalidArgumentError } from 'commander';
import { resolve } from 'node:path';

export interface Options {
  from: string | undefined;
  tenants: number;
  concurrency: number;
  togetherSeconds: number;
  json: boolean;
  report: string | undefined;
  keep: boolean;
  portBase: number;
  dataDir: string;
}

/** Reads the command line; LATCHKEY_PORT_BASE says where the system of the run lives. */
export function readOptions(argv: readonly string[], env: NodeJS.ProcessEnv): Options {
  const command = new Command('npm run rolling --')
    .description(
      'Starts a system of its own, sends strangers and requests through it, and meanwhile replaces each of the six services as ' +
        'Kubernetes rolls a Deployment: one more replica, both work, the old one gets SIGTERM. Then it waits for rest and counts. ' +
        'Exit code 0: no request failed, nobody and nothing was lost or doubled, every replica ended by itself; 1: it was not so; ' +
        '2: it could not run.',
    )
    .option('--from <git ref>', 'begin with the services of that commit, and roll to those of this checkout')
    .option(
      '--tenants <n>',
      'how many strangers come at least; more when rolling takes longer',
      wholeNumber(1, 5_000),
      30,
    )
    .option('--concurrency <n>', 'how many of them are there at the same time', wholeNumber(1, 100), 4)
    .option('--together-seconds <n>', 'how long both replicas of a service work side by side', wholeNumber(0, 600), 8)
    .option('--json', 'one JSON object on stdout; progress goes to stderr', false)
    .option('--report <file>', 'write the report as Markdown')
    .option('--keep', 'leave data and logs where they are', false)
    .option(
      '--port-base <n>',
      'first port of the system; it uses the 150 from there',
      wholeNumber(1_024, 65_000),
      Number(env['LATCHKEY_PORT_BASE'] || 7_600),
    );
  command.parse(argv);
  const given = command.opts<Omit<Options, 'dataDir'>>();
  return { ...given, dataDir: resolve(import.meta.dirname, '../../../.latchkey-rolling') };
}

function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most)
      throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
    return value;
  };
}
