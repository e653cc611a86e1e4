import { Option, type Command } from 'commander';
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { owners, portOffsets, Problem, type Owner } from '@latchkey/contracts';

/** Why there is nothing to say or do, in one sentence; the program prints it and ends with 2. */
export class CannotGoOn extends Error {}

/** A service said no, in words for people. */
export class Refused extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export interface SystemOptions {
  url: string;
  operatorToken?: string;
  operator: string;
}

/** The options that every operator's program has. */
export function withSystemOptions(command: Command, env: NodeJS.ProcessEnv): Command {
  return command
    .addOption(
      new Option('--url <url>', 'the gateway; the services’ ports follow from its own').default(
        `http://127.0.0.1:${env['LATCHKEY_PORT_BASE'] || '4000'}`,
      ),
    )
    .option('--operator-token <token>', 'default: OPERATOR_TOKEN, else the local secrets')
    .option('--operator <name>', 'who you are, for the audit', userInfo().username);
}

const timeoutMs = 20_000;

/** One running system, as an operator reaches it: every service at its own port (DESIGN section 5). */
export class System {
  private readonly token: string;

  constructor(
    private readonly options: SystemOptions,
    env: NodeJS.ProcessEnv,
  ) {
    this.token = options.operatorToken || env['OPERATOR_TOKEN'] || localToken(env);
  }

  get<T>(service: Owner, path: string, shape: { parse(value: unknown): T }): Promise<T> {
    return this.request(service, path, shape);
  }

  post<T>(service: Owner, path: string, body: object, shape: { parse(value: unknown): T }): Promise<T> {
    return this.request(service, path, shape, body);
  }

  private async request<T>(service: Owner, path: string, shape: { parse(value: unknown): T }, body?: object) {
    const base = new URL(this.options.url);
    const port = Number(base.port || (base.protocol === 'https:' ? 443 : 80)) + portOffsets[service];
    const url = `${base.protocol}//${base.hostname}:${port}${path}`;
    let response: Response;
    try {
      response = await fetch(url, {
        method: body ? 'POST' : 'GET',
        headers: {
          authorization: `Bearer ${this.token}`,
          'x-operator': this.options.operator.replaceAll(/[^\w.@+-]/g, '_').slice(0, 64),
          ...(body ? { 'content-type': 'application/json' } : {}),
        },
        ...(body ? { body: JSON.stringify(body) } : {}),
        signal: AbortSignal.timeout(timeoutMs),
      });
    } catch (error) {
      const cause = (error as { cause?: { code?: string } }).cause?.code ?? (error as Error).name;
      throw new CannotGoOn(`${service} does not answer at ${base.hostname}:${port} (${cause}): is the system running?`);
    }
    const answer: unknown = await response.json().catch(() => undefined);
    if (response.ok) return shape.parse(answer);
    const problem = Problem.safeParse(answer).data;
    const fields = (problem?.errors ?? []).map(({ message }) => message).join(' ');
    const text = [problem?.title ?? `${service} answered ${response.status}.`, problem?.detail, fields];
    throw new Refused(problem?.code ?? `http_${response.status}`, text.filter(Boolean).join(' '));
  }
}

export function isService(name: string): name is Owner {
  return (owners as readonly string[]).includes(name);
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
