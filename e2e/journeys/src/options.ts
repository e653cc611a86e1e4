import { Command, InvalidArgumentError } from 'commander';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export interface Options {
  tenants: number;
  concurrency: number;
  json: boolean;
  url: string;
  timeoutSeconds: number;
  operatorToken: string;
}

/** Says in one sentence why there can be no journey, or no audit of it; the program prints it and ends. */
export class CannotGoOn extends Error {}

/** Reads the command line; the environment and the local secrets fill in what it leaves out. */
export function readOptions(argv: readonly string[], env: NodeJS.ProcessEnv): Options {
  const portBase = env['LATCHKEY_PORT_BASE'] || '4000';
  const command = new Command('npm run journey --')
    .description(
      'Drives strangers through the whole story (sign up, verify, pay, be provisioned, ask, activate) over the public HTTP ' +
        'interface of a running system, then audits that every effect happened exactly once. Exit code 0: nothing lost, nothing doubled.',
    )
    .option('--tenants <n>', 'how many strangers', wholeNumber(1, 100_000), 10)
    .option('--concurrency <n>', 'how many of them at the same time', wholeNumber(1, 1_000), 10)
    .option('--json', 'one JSON object on stdout; progress goes to stderr', false)
    .option('--url <url>', 'the gateway', httpUrl, `http://127.0.0.1:${portBase}`)
    .option('--timeout-seconds <n>', 'how long a stranger is patient', wholeNumber(1, 86_400), 180)
    .option('--operator-token <token>', 'for the audit (default: OPERATOR_TOKEN, else the local secrets)');
  command.parse(argv);
  const given = command.opts<Omit<Options, 'operatorToken'> & { operatorToken?: string }>();
  return { ...given, operatorToken: given.operatorToken || env['OPERATOR_TOKEN'] || localToken(env) };
}

/** `npm start` keeps the token it made beside its data (apps/host/src/secrets.ts). */
function localToken(env: NodeJS.ProcessEnv): string {
  const dataDir = env['LATCHKEY_DATA_DIR'] || join(import.meta.dirname, '../../../.latchkey');
  const file = join(resolve(dataDir), 'secrets.json');
  try {
    const secrets = JSON.parse(readFileSync(file, 'utf8')) as { operatorToken?: unknown };
    if (typeof secrets.operatorToken === 'string') return secrets.operatorToken;
  } catch {
    // Said below, together with the case that the file has no token.
  }
  throw new CannotGoOn(
    `There is no operator token: give --operator-token, set OPERATOR_TOKEN, or start the system here with npm start (looked in ${file}).`,
  );
}

function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most)
      throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
    return value;
  };
}

function httpUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw new InvalidArgumentError('It must be an http or https URL.');
  return url.origin;
}
