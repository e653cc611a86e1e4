import { randomBytes } from 'node:crypto';
import { Command } from 'commander';
import { OperatorAccount, OperatorAccounts, OperatorRole } from '@latchkey/contracts';
import { CannotGoOn, System, withSystemOptions, type SystemOptions } from './system.js';
import { print, runProgram, table } from './terminal.js';

interface Options extends SystemOptions {
  role: string;
  json: boolean;
}

const path = '/api/operator/operators';

/** `npm run operators`: who may use the console. */
async function main(): Promise<number> {
  const command = withSystemOptions(new Command('npm run operators --'), process.env)
    .description(
      'Lists, adds and disables the accounts of the operator console. Adding one that exists gives it a new password and role.\n' +
        'Exit code 0: done, 2: it could not be done.',
    )
    .argument('[action]', 'list, add or disable', 'list')
    .argument('[email]', 'whose account; also the name in every audit')
    .option('--role <role>', 'viewer (may look) or operator (may act)', 'viewer')
    .option('--json', 'one JSON object on stdout', false);
  command.parse();
  const [action, email] = command.processedArgs as [string, string | undefined];
  const options = command.opts<Options>();
  const system = new System(options, process.env);
  if (action === 'list') return list(system, options);
  if (!email) throw new CannotGoOn('Whose account? Give an email address.');
  if (action === 'add') return add(system, email, options);
  if (action === 'disable') return disable(system, email, options);
  throw new CannotGoOn(`There is no action ${action}: list, add or disable.`);
}

async function list(system: System, { json }: Options): Promise<number> {
  const accounts = await system.get('signup', path, OperatorAccounts);
  if (json) print(JSON.stringify(accounts));
  else {
    const rows = accounts.operators.map(({ email, role, created_at, disabled_at }) => [
      email,
      disabled_at ? 'disabled' : role,
      created_at.slice(0, 10),
    ]);
    print(table(['EMAIL', 'ROLE', 'SINCE'], rows));
  }
  return 0;
}

/** The password is made here and shown once: one typed on the command line would stay in the shell's history. */
async function add(system: System, email: string, { role: wanted, json }: Options): Promise<number> {
  const role = OperatorRole.safeParse(wanted).data;
  if (!role) throw new CannotGoOn(`There is no role ${wanted}: viewer or operator.`);
  const password = randomBytes(15).toString('base64url');
  const account = await system.post('signup', path, { email, role, password }, OperatorAccount);
  print(json ? JSON.stringify({ ...account, password }) : `${account.email} (${account.role}), password ${password}`);
  return 0;
}

async function disable(system: System, email: string, { json }: Options): Promise<number> {
  const account = await system.post('signup', `${path}/${encodeURIComponent(email)}/disable`, {}, OperatorAccount);
  print(json ? JSON.stringify(account) : `${account.email} is disabled; open sessions have ended.`);
  return 0;
}

await runProgram(main);
