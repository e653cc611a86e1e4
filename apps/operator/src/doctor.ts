import { Command } from 'commander';
import { z } from 'zod';
import { Diagnosis, FindTenants } from '@latchkey/contracts';
import { CannotGoOn, System, withSystemOptions, type SystemOptions } from './system.js';
import { mustConfirm, print, runProgram, table } from './terminal.js';

interface Options extends SystemOptions {
  do?: string;
  reason?: string;
  yes: boolean;
  json: boolean;
}

/** `npm run doctor`: what is wrong with one customer, why, and what can safely be done about it (S8). */
async function main(): Promise<number> {
  const command = withSystemOptions(new Command('npm run doctor --'), process.env)
    .description(
      'Asks every service about one tenant and names the cause in one sentence, with the checks behind it and what can safely be done.\n' +
        'Exit code 0: nothing is wrong (or the action was accepted), 1: something is, 2: it could not be found out or done.',
    )
    .argument('<tenant>', 'a tenant id, or the address somebody signed up with')
    .option('--do <action>', 'do one of the offered actions')
    .option('--reason <text>', 'why, for the audit; needed with --do')
    .option('--yes', 'do not ask before doing it', false)
    .option('--json', 'one JSON object on stdout', false);
  command.parse();
  const options = command.opts<Options>();
  const system = new System(options, process.env);
  const tenantId = await tenantIdOf(system, command.args[0]!);
  const diagnosis = await system.get(
    'analytics',
    `/api/analytics/tenants/${encodeURIComponent(tenantId)}/diagnosis`,
    Diagnosis,
  );
  if (options.do) return act(system, diagnosis, options);
  print(options.json ? JSON.stringify(diagnosis) : described(diagnosis));
  return diagnosis.healthy ? 0 : 1;
}

/** An address may have signed up more than once: the newest is meant, and the others are named. */
async function tenantIdOf(system: System, given: string): Promise<string> {
  if (!given.includes('@')) return given;
  const { tenants } = await system.post(
    'analytics',
    '/api/analytics/tenants/find',
    { email: given },
    FindTenants.reply,
  );
  const [newest, ...older] = (tenants as { tenant_id: string; status: string }[]) ?? [];
  if (!newest) throw new CannotGoOn('Nobody signed up with this address.');
  for (const { tenant_id, status } of older) process.stderr.write(`also of this address: ${tenant_id} (${status})\n`);
  return newest.tenant_id;
}

function described({ tenant_id, status, cause, checks, actions }: Diagnosis): string {
  const offered = actions.map(({ name, service, what }) => `  --do ${name}   ${what} (${service})`);
  return [
    `${tenant_id} (${status ?? 'status unknown'})`,
    cause,
    '',
    table(
      ['CHECK', 'STATE', 'EVIDENCE'],
      checks.map(({ title, state, evidence }) => [title, state, evidence]),
    ),
    ...(offered.length > 0 ? ['', 'What can be done, with --reason "...":', ...offered] : []),
  ].join('\n');
}

/** Each action is its owner's, who looks again at the tenant, may refuse, and notes it in its audit. */
async function act(system: System, diagnosis: Diagnosis, options: Options): Promise<number> {
  const chosen = diagnosis.actions.filter(({ name }) => name === options.do);
  if (chosen.length === 0) {
    const offered = diagnosis.actions.map(({ name }) => name).join(', ') || 'nothing';
    throw new CannotGoOn(`${options.do!} is not offered now; what is: ${offered}. ${diagnosis.cause}`);
  }
  const { reason } = options;
  if (!reason) throw new CannotGoOn('Say why with --reason "...": the audit keeps it.');
  await mustConfirm(
    `${diagnosis.tenant_id}: ${diagnosis.cause}\n${chosen.map(({ what }) => what).join(' ')} Do it?`,
    options.yes,
  );
  const answers = [];
  for (const { service, path, body } of chosen)
    answers.push({ service, answer: await system.post(service, path, { ...body, reason }, z.unknown()) });
  if (options.json) print(JSON.stringify({ done: options.do, answers }));
  else for (const { service, answer } of answers) print(`${service}: ${JSON.stringify(answer ?? 'accepted')}`);
  return 0;
}

await runProgram(main);
