import type { System } from '@latchkey/chaos/parts';
import pLimit from 'p-limit';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import type pg from 'pg';
import { call, sendMail } from './bare-call.js';
import { hashPassword, measureHashes } from './hashes.js';
import { withDatabase } from './scratch-database.js';
import { between, usageOf } from './usage.js';

/** What a bare signup does before it counts; each does what those before it do. */
export const bareKinds = [
  'the password hashed and one row committed',
  'and a payment page opened at Stripe: a customer, a session',
  'and the code mailed',
] as const;

export interface BareSignup {
  perSecond: number;
  /** Password hashes a second, the mean of just before and just after. */
  bound: number;
  /** Of the program itself with its hashes, of the imitated vendors and of PostgreSQL, for one signup. */
  cpuMs: { program: number; vendors: number; postgres: number };
}

export interface BareSignups {
  /** In the order of `bareKinds`. */
  lines: BareSignup[];
  /** How many were under way at once. */
  atOnce: number;
}

/** Four times as many as the bench's strangers: here the vendors' slowness shall bound nothing, only the processors. */
const atOnce = 64;
const warmUp = 100;
const connections = 16;

/**
 * The most signups that this machine can take, whatever they are written in: one process that is the door, the asker and
 * the strangers at once, with a bare HTTP server, one prepared statement and no SDK. No event, no job, no limit, no log.
 */
export async function measureBareSignups(system: System, count: number): Promise<BareSignups> {
  return withDatabase(system, 'bench_signups', connections, async (pool) => {
    await pool.query('create table account (email text primary key, password_hash text not null)');
    const lines: BareSignups['lines'] = [];
    let before = await measureHashes();
    for (const steps of bareKinds.keys()) {
      await signUp(system, pool, steps, `warm-${steps}`, warmUp);
      const usedBefore = await usageOf(system);
      const perSecond = await signUp(system, pool, steps, `bare-${steps}`, count);
      const used = between(usedBefore, await usageOf(system));
      const each = (part: string) => (used.get(part)?.cpuMs ?? 0) / count;
      const after = await measureHashes();
      const cpuMs = { program: each('strangers'), vendors: each('sandbox'), postgres: each('postgres') };
      lines.push({ perSecond, bound: (before.perSecond + after.perSecond) / 2, cpuMs });
      before = after;
    }
    return { lines, atOnce };
  });
}

/** So many signups a second, from the first request to the last answer. */
async function signUp(system: System, pool: pg.Pool, steps: number, name: string, count: number): Promise<number> {
  const door = createServer((request, response) => {
    json(request)
      .then((form) => accept(system, pool, steps, form as Form))
      .then(
        (answer) => response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify(answer)),
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
  });
  await once(door.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(door.address() as AddressInfo).port}`;
  try {
    const startedMs = performance.now();
    await pLimit(atOnce).map(Array.from({ length: count }).keys(), (number) =>
      call(url, { email: `${name}-${number}@customers.example`, password: 'plum kettle vista 42' }),
    );
    return count / ((performance.now() - startedMs) / 1_000);
  } finally {
    door.close();
    door.closeAllConnections();
  }
}

interface Form {
  email: string;
  password: string;
}

async function accept(system: System, pool: pg.Pool, steps: number, { email, password }: Form) {
  const text = 'insert into account (email, password_hash) values ($1, $2)';
  await pool.query({ name: 'sign-up', text, values: [email, await hashPassword(password)] });
  const url = steps > 0 ? await openPaymentPage(system, email) : null;
  if (steps > 1) await sendMail(system, email);
  return { checkout_url: url };
}

async function openPaymentPage(system: System, email: string): Promise<string> {
  const ask = async (path: string, fields: Record<string, string>) =>
    JSON.parse(await call(`${system.url('stripe')}/v1/${path}`, new URLSearchParams(fields))) as Record<string, string>;
  const { id } = await ask('customers', { email, name: 'Bench Ltd' });
  const page = {
    mode: 'subscription',
    customer: id!,
    // Of the catalogue that the sandbox begins with.
    'line_items[0][price]': 'price_starter_monthly',
    'line_items[0][quantity]': '1',
    success_url: 'https://latchkey.example/welcome',
  };
  return (await ask('checkout/sessions', page))['url']!;
}
