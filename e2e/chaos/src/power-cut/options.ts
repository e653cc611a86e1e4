import { Command } from 'commander';
import { wholeNumber } from '../options.js';

export interface PowerCutOptions {
  tenants: number;
  cuts: number;
  seed: number;
  json: boolean;
  keep: boolean;
  report: string | undefined;
  portBase: number;
}

export function readPowerCutOptions(argv: readonly string[], env: NodeJS.ProcessEnv): PowerCutOptions {
  const command = new Command('npm run power-cut --')
    .description(
      'For Linux as root. Starts the whole system on a disk of its own (an ext4 in a file), sends strangers through it and ' +
        'cuts the power meanwhile: whatever was not synced is gone, and every process with it. After each reboot everything ' +
        'that had been acknowledged must be there, and in the end every promise of npm run chaos must hold. The vendors keep ' +
        'their power. Exit code 0: all held; 1: something was lost or doubled; 2: it could not run.',
    )
    .option('--tenants <n>', 'how many strangers', wholeNumber(1, 500), 30)
    .option('--cuts <n>', 'how many power cuts', wholeNumber(1, 50), 2)
    .option('--seed <n>', 'who comes and when the power goes', wholeNumber(1, 999_999), 1)
    .option('--json', 'one JSON object on stdout; progress goes to stderr', false)
    .option('--keep', 'leave the disk image and the logs where they are', false)
    .option('--report <file>', 'write the result into this Markdown file')
    .option(
      '--port-base <n>',
      'first port of the system',
      wholeNumber(1_024, 65_000),
      Number(env['LATCHKEY_PORT_BASE'] || 6_200),
    );
  command.parse(argv);
  const given = command.opts<Omit<PowerCutOptions, 'report'> & { report?: string }>();
  return { ...given, report: given.report };
}
