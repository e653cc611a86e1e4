import { Command } from 'commander';
import { z } from 'zod';
import { owners } from '@latchkey/contracts';
import { System, withSystemOptions, type SystemOptions } from './system.js';
import { print, runProgram, table } from './terminal.js';

interface Options extends SystemOptions {
  json: boolean;
}

const Verification = z.object({ acts: z.int(), head: z.string(), broken_at: z.string().nullable() });

/** `npm run audit:verify`: whether what operators did still stands in every service's audit as it was written. */
async function main(): Promise<number> {
  const command = withSystemOptions(new Command('npm run audit:verify --'), process.env)
    .description(
      'Counts the chain of every service’s audit again. An act that was changed or removed is named; a tail that was cut off\n' +
        'shows only beside an earlier output: keep the heads somewhere else, and fewer acts or another head at the same number\n' +
        'tell of it. Exit code 0: all is as it was written, 1: something is not, 2: it could not be found out.',
    )
    .option('--json', 'one JSON object on stdout', false);
  command.parse();
  const options = command.opts<Options>();
  const system = new System(options, process.env);
  const audits = await Promise.all(
    owners.map(async (service) => ({
      service,
      ...(await system.get(service, '/api/operator/audit/verification', Verification)),
    })),
  );
  if (options.json) print(JSON.stringify({ audits }));
  else {
    const rows = audits.map(({ service, acts, head, broken_at }) => [
      service,
      String(acts),
      broken_at === null ? 'as it was written' : `BROKEN at act ${broken_at}`,
      head || '-',
    ]);
    print(table(['SERVICE', 'ACTS', 'AUDIT', 'HEAD'], rows));
  }
  return audits.every(({ broken_at }) => broken_at === null) ? 0 : 1;
}

await runProgram(main);
