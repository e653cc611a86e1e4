import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isPortFree } from '@latchkey/local';
import pg from 'pg';
import { Diagnosis, portOffsets, SignupResponse } from '@latchkey/contracts';

const repo = resolve(import.meta.dirname, '../../..');

/** The true system as `npm start` runs it, with a port range and a data directory of its own. */
export async function startSystem(env: Record<string, string>): Promise<RunningSystem> {
  const dataDir = mkdtempSync(join(tmpdir(), 'latchkey-doctor-'));
  chmodSync(dataDir, 0o755);
  const base = await freeBase();
  const host = spawn(process.execPath, [join(repo, 'apps/host/dist/main.js')], {
    env: { ...process.env, ...env, LATCHKEY_PORT_BASE: String(base), LATCHKEY_DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let screen = '';
  for (const stream of [host.stdout, host.stderr])
    stream.on('data', (chunk: Buffer) => (screen = (screen + chunk.toString()).slice(-20_000)));
  const system = new RunningSystem(base, dataDir, host);
  try {
    await until(
      'the system is ready',
      () => {
        if (host.exitCode !== null) throw new Error(`The system ended:\n${screen}`);
        return screen.includes('everything is ready');
      },
      90_000,
    );
  } catch (error) {
    await system.stop();
    throw new Error(`${String(error)}\n${screen}`, { cause: error });
  }
  return system;
}

export async function until(what: string, condition: () => boolean | Promise<boolean>, ms = 30_000): Promise<void> {
  for (const deadline = performance.now() + ms; !(await condition()); await sleep(50))
    if (performance.now() > deadline) throw new Error(`Waited in vain: ${what}.`);
}

export interface Customer {
  tenantId: string;
  email: string;
  checkoutUrl: string;
}

export class RunningSystem {
  private customers = 0;

  constructor(
    private readonly base: number,
    private readonly dataDir: string,
    private readonly host: ChildProcess,
  ) {}

  at(part: keyof typeof portOffsets, path: string): string {
    return `http://127.0.0.1:${this.base + portOffsets[part]}${path}`;
  }

  /** The program as an operator starts it. */
  run(
    program: 'doctor' | 'dead-letters' | 'audit',
    ...args: string[]
  ): { code: number | null; out: string; err: string } {
    // A test runner that colours its own output sets FORCE_COLOR, and Node then warns on stderr beside NO_COLOR.
    const { FORCE_COLOR: _colour, ...env } = process.env;
    const done = spawnSync(process.execPath, [join(repo, `apps/operator/dist/${program}.js`), ...args], {
      env: {
        ...env,
        LATCHKEY_PORT_BASE: String(this.base),
        LATCHKEY_DATA_DIR: this.dataDir,
        OPERATOR_TOKEN: '',
      },
      encoding: 'utf8',
      timeout: 30_000,
    });
    return { code: done.status, out: done.stdout, err: done.stderr };
  }

  async diagnosis(tenantId: string): Promise<Diagnosis> {
    // Through the gateway, where the operators' console will ask.
    const answer = await this.json(this.at('signup', `/api/analytics/tenants/${tenantId}/diagnosis`), {
      headers: { authorization: `Bearer ${this.operatorToken()}` },
    });
    return Diagnosis.parse(answer);
  }

  /** The diagnosis once it has this code, and this in its cause; facts need a moment to travel. */
  async waitForCode(tenantId: string, code: string, inCause = ''): Promise<Diagnosis> {
    let last: Diagnosis | undefined;
    try {
      await until(code, async () => {
        last = await this.diagnosis(tenantId);
        return last.code === code && last.cause.includes(inCause);
      });
    } catch (error) {
      throw new Error(
        `${String(error)} The doctor says ${last?.code}: ${last?.cause} ${JSON.stringify(last?.checks)}`,
        { cause: error },
      );
    }
    return last!;
  }

  /** The doctor's word on the welcome mail, once the sandbox has reported everything it will. */
  async waitForSettledMail({ tenantId, email }: Customer): Promise<Diagnosis> {
    await until('the mail is reported', async () => {
      const [mail] = await this.mails(email, 'welcome');
      return (mail?.events ?? []).some(({ event }) => ['delivered', 'bounce', 'spamreport'].includes(event));
    });
    // A spam report follows the delivery; both have arrived when two looks in a row say the same.
    let last: Diagnosis | undefined;
    for (let same = 0; same < 5; await sleep(200)) {
      const next = await this.diagnosis(tenantId);
      same = next.code === last?.code && next.code !== 'welcome_undelivered' ? same + 1 : 0;
      last = next;
    }
    return last!;
  }

  async waitForStatus({ tenantId }: Customer, status: string): Promise<void> {
    await until(`${tenantId} is ${status}`, async () => {
      const seen = (await this.json(this.at('signup', `/api/onboarding/tenants/${tenantId}`))) as { status: string };
      return seen.status === status;
    });
  }

  async acts(service: keyof typeof portOffsets, tenantId: string): Promise<object[]> {
    const headers = { authorization: `Bearer ${this.operatorToken()}` };
    const path = `/api/operator/audit?tenant_id=${tenantId}`;
    return ((await this.json(this.at(service, path), { headers })) as { acts: object[] }).acts;
  }

  /** Every line that the services and their servers have written; the sandbox is somebody else. */
  logLines(): { part: string; line: string }[] {
    const dir = join(this.dataDir, 'logs');
    return readdirSync(dir)
      .filter((name) => !name.startsWith('sandbox'))
      .flatMap((name) => {
        const part = name.replace(/\.log.*$/, '');
        return readFileSync(join(dir, name), 'utf8')
          .split('\n')
          .filter(Boolean)
          .map((line) => ({ part, line }));
      });
  }

  /** Everything secret that this system was made with. */
  secrets(): string[] {
    return Object.values(JSON.parse(readFileSync(join(this.dataDir, 'secrets.json'), 'utf8')) as object).filter(
      (value): value is string => typeof value === 'string' && value.length >= 12,
    );
  }

  private operatorToken(): string {
    const secrets = readFileSync(join(this.dataDir, 'secrets.json'), 'utf8');
    return (JSON.parse(secrets) as { operatorToken: string }).operatorToken;
  }

  async flip(failure: string, on: boolean): Promise<void> {
    await this.json(this.at('console', `/_sim/failures/${failure}`), { json: { on } });
  }

  async mendEverything(): Promise<void> {
    for (const path of ['/_sim/faults', '/_sim/stripe/webhook-faults'])
      await fetchAgain(this.at('console', path), { method: 'DELETE' });
  }

  /** A vendor answers what concerns this tenant with an error. */
  async refuse(vendor: string, tenant: string, status: number): Promise<void> {
    const rule = { match: { vendor, method: 'POST', tenant }, action: { type: 'status', status } };
    await this.json(this.at('console', '/_sim/faults'), { json: rule });
  }

  /** Billing's queue of compensations stands still: what is put into it waits for tomorrow. */
  async holdCompensations(): Promise<void> {
    await this.billing(
      `create function hold_compensations() returns trigger language plpgsql as $$
       begin
         if new.name = 'end-subscription' then new.start_after = now() + interval '1 day'; end if;
         return new;
       end $$`,
      'create trigger hold before insert on pgboss.job for each row execute function hold_compensations()',
    );
  }

  /** Lets the queue go on, and waits until it is empty. */
  async releaseCompensations(): Promise<void> {
    await this.billing(
      'drop trigger hold on pgboss.job',
      'drop function hold_compensations',
      `update pgboss.job set start_after = now() where name = 'end-subscription' and state = 'created'`,
    );
    await until('the held jobs are done', async () => {
      const [left] = await this.billing(
        `select count(*)::int as jobs from pgboss.job where name = 'end-subscription' and state in ('created', 'retry', 'active')`,
      );
      return left?.['jobs'] === 0;
    });
  }

  private async billing(...statements: string[]): Promise<Record<string, unknown>[]> {
    const connectionString = `postgres://latchkey@127.0.0.1:${this.base + portOffsets.postgres}/billing_webhooks`;
    const client = new pg.Client({ connectionString });
    await client.connect();
    try {
      let rows: Record<string, unknown>[] = [];
      for (const statement of statements) rows = (await client.query<Record<string, unknown>>(statement)).rows;
      return rows;
    } finally {
      await client.end();
    }
  }

  /** Signed up and verified: only the payment is missing. */
  async signUp(): Promise<Customer> {
    const email = `customer${++this.customers}@doctor.example`;
    const signup = { email, company_name: 'Doctor Ltd', password: password, plan: 'starter', accept_terms: true };
    const answer = SignupResponse.parse(
      await this.json(this.at('signup', '/api/onboarding/signup'), {
        json: { ...signup, captcha_token: 'sandbox-pass' },
      }),
    );
    await until('the code arrives', async () => (await this.mails(email, 'verification-code')).length > 0);
    const [mail] = await this.mails(email, 'verification-code');
    const code = /(?<![\w-])\d{6}(?![\w-])/.exec(mail!.text)![0];
    await this.json(this.at('signup', '/api/onboarding/verify-email'), { json: { tenant_id: answer.tenant_id, code } });
    return { tenantId: answer.tenant_id, email, checkoutUrl: answer.checkout_url! };
  }

  /** Pays and goes away: the page that Stripe leads back to is never looked at. */
  async pay({ checkoutUrl }: Customer): Promise<void> {
    const page = await (await fetch(checkoutUrl)).text();
    const form = /<form[^>]*\smethod="post"[^>]*\saction="([^"]+)"/.exec(page)![1]!;
    const card = { card_number: '4242 4242 4242 4242', exp: '12 / 40', cvc: '123', name: 'A Customer' };
    const paid = await fetch(new URL(form, checkoutUrl), {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams(card),
    });
    if (paid.status !== 303) throw new Error(`Paying answered ${paid.status}.`);
  }

  async mails(email: string, template: string): Promise<{ text: string; events: { event: string }[] }[]> {
    const query = new URLSearchParams({ to: email, category: template, limit: '5' });
    const { mails } = (await this.json(this.at('console', `/_sim/inbox?${query}`))) as {
      mails: { text: string; events: { event: string }[] }[];
    };
    return mails;
  }

  /** Logs in and asks the wizard's sample question; the status of that answer. */
  async askSampleQuestion({ email }: Customer): Promise<number> {
    const login = (await this.json(this.at('signup', '/api/auth/login'), { json: { email, password } })) as {
      access_token: string;
    };
    const asked = await fetch(this.at('signup', '/api/onboarding/setup-wizard/sample-query'), {
      method: 'POST',
      headers: { authorization: `Bearer ${login.access_token}`, 'content-type': 'application/json' },
      body: '{}',
    });
    return asked.status;
  }

  async json(
    url: string,
    { json, headers }: { json?: object; headers?: Record<string, string> } = {},
  ): Promise<unknown> {
    const response = await fetchAgain(url, {
      headers: { ...headers, 'content-type': 'application/json' },
      ...(json ? { method: 'POST', body: JSON.stringify(json) } : {}),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text.slice(0, 500)}`);
    return text ? JSON.parse(text) : undefined;
  }

  async stop(): Promise<void> {
    if (this.host.exitCode === null && this.host.signalCode === null) {
      this.host.kill('SIGTERM');
      const killer = setTimeout(() => this.host.kill('SIGKILL'), 30_000);
      await once(this.host, 'exit');
      clearTimeout(killer);
    }
    rmSync(this.dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** `run` blocks this process, and meanwhile servers close idle connections: the next request may meet one, and goes again. */
async function fetchAgain(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    if ((error as { cause?: { code?: string } }).cause?.code !== 'UND_ERR_SOCKET') throw error;
    return fetch(url, init);
  }
}

export const password = 'teal-otter-42-lamp-rivet';

async function freeBase(): Promise<number> {
  for (;;) {
    // Below the ports that outgoing connections are given: one of those may take a port between this look and the start.
    const base = 20_000 + Math.floor(Math.random() * 120) * 100;
    const free = await Promise.all(Object.values(portOffsets).map((offset) => isPortFree(base + offset)));
    if (free.every(Boolean)) return base;
  }
}
