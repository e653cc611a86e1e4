import {
  OpenCheckout,
  VerificationCode,
  type QuestionContract,
  type QuestionReply,
  type QuestionRequest,
} from '@latchkey/contracts';
import { Questions } from '@latchkey/shared/messaging';
import { Door, sql } from '@latchkey/shared/persistence';
import type { RunningService } from '@latchkey/shared/service';
import { delay } from '@latchkey/shared/time';
import { startWorld, type World, type WorldOptions } from '@latchkey/testing';
import { generateKeyPairSync } from 'node:crypto';
import { signup } from '../../src/service.js';

/** A port where nobody listens: a part that is down. */
const nowhere = 'http://127.0.0.1:9';

const { privateKey } = generateKeyPairSync('ed25519');

export const signupEnv: Record<string, string> = {
  JWT_PRIVATE_JWK: JSON.stringify({ ...privateKey.export({ format: 'jwk' }), kid: 'test-key' }),
  VERIFICATION_SECRET: 'the-secret-of-the-tests-0123456789abcdef',
  WORKSPACE_URL: nowhere,
  BILLING_URL: nowhere,
  PROVISIONER_URL: nowhere,
  NOTIFIER_URL: nowhere,
  ANALYTICS_URL: nowhere,
  SIGNUPS_PER_ADDRESS_PER_HOUR: '100000',
};

export interface Answer {
  status: number;
  body: Record<string, unknown> & { code?: string };
  headers: Headers;
}

/** Signup in a world of its own, and what its specs do over HTTP. */
export class SignupWorld {
  private count = 0;

  private constructor(
    readonly world: World,
    readonly service: RunningService,
  ) {}

  static async start(env: Record<string, string> = {}, options: WorldOptions = {}): Promise<SignupWorld> {
    const world = await startWorld(options);
    return new SignupWorld(world, await world.start(signup, { ...signupEnv, ...env }));
  }

  /** A second replica on the same database. */
  async replica(env: Record<string, string> = {}): Promise<RunningService> {
    return this.world.start(signup, { ...signupEnv, ...env });
  }

  async post(
    path: string,
    body: unknown,
    headers: Record<string, string> = {},
    url = this.service.url,
  ): Promise<Answer> {
    const response = await fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return answerOf(response);
  }

  async get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return answerOf(await fetch(this.service.url + path, { headers }));
  }

  /** A request nobody has sent before. */
  stranger(fields: Record<string, unknown> = {}): Record<string, unknown> {
    const number = ++this.count;
    return {
      email: `stranger${number}@example.com`,
      company_name: `Company No. ${number}`,
      password: 'plum-kettle-42-vista',
      plan: 'starter',
      accept_terms: true,
      ...fields,
    };
  }

  async signUp(fields: Record<string, unknown> = {}): Promise<string> {
    const { status, body } = await this.post('/api/onboarding/signup', this.stranger(fields));
    if (status !== 201) throw new Error(`Signup answered ${status}: ${JSON.stringify(body)}`);
    return String(body['tenant_id']);
  }

  /** The code as notifier would mail it: asked over NATS, for the newest verification. */
  async askCode(tenantId: string, verificationId?: string): Promise<QuestionReply<typeof VerificationCode>> {
    const [row] = await this.service.sql<{ id: string }>(
      'select id from verification where tenant_id = $1 order by created_at desc limit 1',
      [tenantId],
    );
    const request = { tenant_id: tenantId, verification_id: verificationId ?? row?.id ?? 'none' };
    return this.service.get(Questions).ask(VerificationCode, request);
  }

  async code(tenantId: string): Promise<string> {
    const reply = await this.askCode(tenantId);
    if (reply.state !== 'current') throw new Error('There is no current code.');
    return reply.code;
  }

  async verify(tenantId: string): Promise<Answer> {
    return this.post('/api/onboarding/verify-email', { tenant_id: tenantId, code: await this.code(tenantId) });
  }

  /** Locks a tenant's rows of a table, as a transaction that takes its time. Returns how to end it. */
  lock(table: 'account' | 'terms_acceptance', tenantId: string): Promise<() => Promise<void>> {
    return this.lockRow(`select 1 from ${table} where tenant_id = $1 for update`, tenantId);
  }

  async lockRow(statement: string, value: string): Promise<() => Promise<void>> {
    const locked = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    const done = this.service.get(Door).commit('lock', async () => {
      await sql(statement, [value]);
      locked.resolve();
      await released.promise;
    });
    await Promise.race([locked.promise, done]);
    return () => (released.resolve(), done);
  }

  /** Until so many transactions wait for another one's lock, or `orDone` is done without waiting. */
  async waitsForLock(count: number, orDone?: Promise<unknown>): Promise<void> {
    let isDone = false;
    void orDone?.finally(() => (isDone = true));
    for (let waiting = 0; waiting < count && !isDone; await delay(20))
      waiting = (
        await this.service.sql(
          `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        )
      ).length;
  }

  /** Plays a service that is not here. Returns how to stop, once the bus knows that there is somebody to ask. */
  async play<Q extends QuestionContract>(
    question: Q,
    answer: (request: QuestionRequest<Q>) => QuestionReply<Q>,
  ): Promise<() => void> {
    const stop = this.world.answer(question, answer);
    // The world asks the bus on the connection that has just subscribed, so its answer comes after the subscription.
    await this.world.drain();
    return stop;
  }

  /** Plays billing, which always has the checkout open. Returns how to stop, and what it was asked. */
  async playBilling(
    url = 'https://checkout.example/c/1',
  ): Promise<{ asked: { tenant_id: string }[]; stop: () => void }> {
    const asked: { tenant_id: string }[] = [];
    const stop = await this.play(OpenCheckout, (request) => {
      asked.push(request);
      return { state: 'open' as const, checkout_url: url };
    });
    return { asked, stop };
  }
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  const body = (isJson ? JSON.parse(text) : { text }) as Answer['body'];
  return { status: response.status, body, headers: response.headers };
}

export const wrongCodeFor = (code: string): string => (code === '000000' ? '000001' : '000000');
