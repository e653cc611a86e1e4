import { Command } from 'commander';
import { z } from 'zod';
import {
  DeadLetterDetail,
  DeadLetterPage,
  owners,
  RedriveReport,
  type DeadLetter,
  type Owner,
} from '@latchkey/contracts';
import { CannotGoOn, isService, System, withSystemOptions, type SystemOptions } from './system.js';
import { mustConfirm, print, runProgram, table } from './terminal.js';

interface Options extends SystemOptions {
  service?: string;
  tenant?: string;
  limit: string;
  json: boolean;
  reason?: string;
  all: boolean;
  yes: boolean;
}

const Settled = z.object({ id: z.string(), outcome: z.enum(['redriven', 'discarded', 'already']) });
const path = '/api/operator/dead-letters';

/** `npm run dead-letters`: what the services could not do, and an operator's two answers to it: once more, or never. */
async function main(): Promise<number> {
  const command = withSystemOptions(new Command('npm run dead-letters --'), process.env)
    .description(
      'Lists events and jobs that a service gave up, and handles them again or never. Names are <service>/<id>, as the list shows them.\n' +
        'Redrive a tenant’s older letters first; --all does so by itself, and redriving twice is harmless.\n' +
        'Exit code 0: done (list: nothing waits), 1: something waits or failed again, 2: it could not be done.',
    )
    .argument('[action]', 'list, show, redrive or discard', 'list')
    .argument('[name]', '<service>/<id>')
    .option('--service <name>', `only this one of ${owners.join(', ')}`)
    .option('--tenant <id>', 'only this tenant’s')
    .option('--limit <n>', 'list: at most so many of each service', '100')
    .option('--all', 'redrive: everything that waits, the oldest first', false)
    .option('--reason <text>', 'redrive and discard: why, for the audit')
    .option('--yes', 'do not ask before --all and discard', false)
    .option('--json', 'one JSON object on stdout', false);
  command.parse();
  const [action, name] = command.processedArgs as [string, string | undefined];
  const options = command.opts<Options>();
  const system = new System(options, process.env);
  switch (action) {
    case 'list':
      return list(system, options);
    case 'show':
      return show(system, options, name);
    case 'redrive':
      return options.all ? redriveAll(system, options) : settle(system, options, name, 'redrive');
    case 'discard':
      await mustConfirm(`Discard ${name ?? ''}? Nobody will handle it any more.`, options.yes);
      return settle(system, options, name, 'discard');
    default:
      throw new CannotGoOn(`There is no action ${action}: list, show, redrive or discard.`);
  }
}

async function list(system: System, options: Options): Promise<number> {
  const query = new URLSearchParams({ limit: options.limit, ...(options.tenant ? { tenant_id: options.tenant } : {}) });
  const pages = await Promise.all(
    servicesOf(options).map(async (service) => ({
      service,
      ...(await system.get(service, `${path}?${query}`, DeadLetterPage)),
    })),
  );
  const total = pages.reduce((sum, page) => sum + page.total, 0);
  if (options.json) print(JSON.stringify({ total, services: pages }));
  else if (total === 0) print('No dead letters.');
  else {
    print(table(['NAME', 'DIED', 'TRIES', 'TENANT', 'WHAT', 'REASON'], pages.flatMap(rowsOf)));
    const shown = pages.reduce((sum, page) => sum + page.dead_letters.length, 0);
    if (shown < total) print(`${shown} of ${total}; --limit or --service shows more.`);
  }
  return total === 0 ? 0 : 1;
}

function rowsOf({ service, dead_letters }: { service: string; dead_letters: DeadLetter[] }): string[][] {
  return dead_letters.map(({ id, dead_at, tries, tenant_id, what, reason, earlier_of_tenant: earlier }) => [
    `${service}/${id}`,
    dead_at.slice(0, 19),
    String(tries),
    tenant_id ?? '-',
    what,
    earlier > 0 ? `(after ${earlier} earlier of this tenant) ${reason}` : reason,
  ]);
}

async function show(system: System, options: Options, name: string | undefined): Promise<number> {
  const { service, id } = letterNamed(name, options);
  print(JSON.stringify(await system.get(service, `${path}/${id}`, DeadLetterDetail), null, options.json ? 0 : 2));
  return 0;
}

async function settle(system: System, options: Options, name: string | undefined, verb: 'redrive' | 'discard') {
  const { service, id } = letterNamed(name, options);
  const { outcome } = await system.post(service, `${path}/${id}/${verb}`, { reason: reasonOf(options) }, Settled);
  print(options.json ? JSON.stringify({ service, id, outcome }) : `${service}/${id}: ${outcome}`);
  return 0;
}

async function redriveAll(system: System, options: Options): Promise<number> {
  const reason = reasonOf(options);
  const services = servicesOf(options);
  await mustConfirm(`Redrive everything that waits in ${services.join(', ')}?`, options.yes);
  let bad = 0;
  const done: Record<string, Omit<z.infer<typeof RedriveReport>, 'next_after'>> = {};
  for (const service of services) {
    const total = (done[service] = { redriven: [], failed: [], held_back: [] } as (typeof done)[string]);
    for (let after: string | null | undefined; after !== null;) {
      const body = { reason, ...(options.tenant ? { tenant_id: options.tenant } : {}), ...(after ? { after } : {}) };
      const report = await system.post(service, `${path}/redrive`, body, RedriveReport);
      total.redriven.push(...report.redriven);
      total.failed.push(...report.failed);
      total.held_back.push(...report.held_back);
      after = report.next_after;
    }
    bad += total.failed.length + total.held_back.length;
    if (options.json) continue;
    print(
      `${service}: ${total.redriven.length} redriven, ${total.failed.length} failed again, ${total.held_back.length} held back behind those`,
    );
    for (const failure of total.failed) print(`  ${service}/${failure.id}: ${failure.reason}`);
  }
  if (options.json) print(JSON.stringify(done));
  return bad === 0 ? 0 : 1;
}

function servicesOf({ service }: Options): readonly Owner[] {
  if (service === undefined) return owners;
  if (!isService(service)) throw new CannotGoOn(`There is no service ${service}: ${owners.join(', ')}.`);
  return [service];
}

function letterNamed(name: string | undefined, { service: given }: Options): { service: Owner; id: string } {
  const [first = '', second] = (name ?? '').split('/');
  const [service, id] = second === undefined ? [given ?? '', first] : [first, second];
  if (!isService(service) || !id) throw new CannotGoOn('Which one? Give <service>/<id>, as the list shows it.');
  return { service, id: encodeURIComponent(id) };
}

function reasonOf({ reason }: Options): string {
  if (!reason) throw new CannotGoOn('Say why with --reason "...": the audit keeps it.');
  return reason;
}

await runProgram(main);
