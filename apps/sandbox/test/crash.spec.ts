import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import { Sim } from '../src/core/sim.js';
import { stripeOf } from '../src/stripe/router.js';
import { buildSandbox, killSandboxes, runSandbox, type SandboxProcess } from './support/process.js';
import { payByForm, Started, until, WebhookSink } from './support/started.js';

const folder = mkdtempSync(join(tmpdir(), 'latchkey-crash-'));
beforeAll(() => buildSandbox());
afterEach(() => killSandboxes());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const all = async <T>(pages: AsyncIterable<T>): Promise<T[]> => {
  const items: T[] = [];
  for await (const item of pages) items.push(item);
  return items;
};

test('the process says where it listens in one line, and goes quietly on SIGTERM', async () => {
  const sandbox = await runSandbox({});
  expect(Object.keys(sandbox.ports).sort()).toEqual(['captcha', 'console', 'openai', 'pinecone', 'sendgrid', 'stripe']);
  expect((await fetch(`http://127.0.0.1:${sandbox.ports['console']}/health/live`)).status).toBe(200);
  sandbox.child.kill('SIGTERM');
  expect(await sandbox.ended).toBe(0);
});

test('a SIGKILL in the middle of many checkouts leaves each of them whole or untouched', async () => {
  const env = { SANDBOX_DATA_DIR: join(folder, 'whole') };
  const answered = new Set<string>();
  for (let round = 0; round < 2; round += 1) {
    const sandbox = await runSandbox(env);
    const enough = answered.size + 10;
    const lanes = Array.from({ length: 8 }, (_, lane) => checkouts(sandbox, `r${round}-${lane}`, answered));
    await until('ten more checkouts', () => answered.size >= enough, 20_000);
    sandbox.child.kill('SIGKILL');
    await Promise.all([...lanes, sandbox.ended]);
  }

  const after = await runSandbox(env);
  const sessions = await all(
    after.stripe.checkout.sessions.list({ limit: 100, expand: ['data.subscription.latest_invoice'] }),
  );
  const subscriptions = await all(after.stripe.subscriptions.list({ limit: 100 }));
  const customers = new Set((await all(after.stripe.customers.list({ limit: 100 }))).map(({ id }) => id));
  const complete = sessions.filter((session) => session.status === 'complete');
  expect([...answered].filter((id) => !complete.some((session) => session.id === id))).toEqual([]);
  expect(subscriptions.map(({ id }) => id).sort()).toEqual(
    complete.map((session) => idOf(session.subscription)).sort(),
  );
  expect(sessions.filter((session) => !customers.has(String(session.customer)))).toEqual([]);
  for (const session of complete) {
    const invoice = (session.subscription as Stripe.Subscription).latest_invoice as Stripe.Invoice;
    expect([session.id, invoice.status]).toEqual([session.id, 'paid']);
  }
  after.child.kill('SIGTERM');
  await after.ended;
});

test('wherever a kill cuts the log, what is found again is a world in which each checkout is whole or untouched', async () => {
  const whole = await Started.begin({ SANDBOX_DATA_DIR: join(folder, 'cut') });
  const session = await whole.stripe().checkout.sessions.create({
    mode: 'subscription',
    customer_email: 'a@example.com',
    line_items: [{ price: 'price_pro_monthly', quantity: 1 }],
    success_url: 'http://localhost/done',
  });
  await payByForm(session.url, { card_number: '4242424242424242' });
  const log = readFileSync(join(folder, 'cut', 'sandbox.log'));
  await whole.close();
  const ends = [...log.keys()].filter((index) => log[index] === 10);
  // Right after each line, and in the middle of it.
  const cuts = ends.flatMap((end, line) => [Math.floor(((ends[line - 1] ?? 0) + end) / 2), end + 1]);
  const worlds = new Set<string>();
  for (const [index, cut] of cuts.entries()) {
    const dataDir = join(folder, `cut-${index}`);
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'sandbox.log'), log.subarray(0, cut));
    const sim = new Sim({ SANDBOX_DATA_DIR: dataDir });
    const { world } = stripeOf(sim);
    const status = world.sessions.get(session.id)?.status ?? 'unknown';
    const counts = [world.customers, world.subscriptions, world.invoices, world.charges, world.paymentMethods];
    worlds.add(
      [status, ...counts.map(({ size }) => size), sim.journal.effectCounts()['subscription.created'] ?? 0].join(' '),
    );
    sim.close();
  }
  expect([...worlds]).toEqual(['unknown 0 0 0 0 0 0', 'open 0 0 0 0 0 0', 'complete 1 1 1 1 1 1']);
});

test('a delivery that a SIGKILL cut off is taken up again after the restart', async () => {
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const asked = new Promise((resolve) => silent.once('request', resolve));
  const sink = new WebhookSink();
  const env = { SANDBOX_DATA_DIR: join(folder, 'delivery'), SANDBOX_STRIPE_WEBHOOK_SECRET: 'whsec_x' };
  const deaf = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`;
  const first = await runSandbox({ ...env, SANDBOX_STRIPE_WEBHOOK_URL: deaf });
  await first.stripe.customers.create({ email: 'a@example.com' });
  await asked;
  first.child.kill('SIGKILL');
  await first.ended;
  const second = await runSandbox({ ...env, SANDBOX_STRIPE_WEBHOOK_URL: await sink.listen() });
  try {
    await until('the delivery', () => sink.types().includes('customer.created'));
  } finally {
    second.child.kill('SIGTERM');
    await second.ended;
    sink.close();
    silent.closeAllConnections();
    silent.close();
  }
});

/** One visitor after the other until the sandbox is gone; remembers which payments were answered. */
async function checkouts(sandbox: SandboxProcess, lane: string, answered: Set<string>): Promise<void> {
  for (let index = 0; ; index += 1) {
    try {
      const customer = await sandbox.stripe.customers.create({ email: `${lane}-${index}@example.com` });
      const session = await sandbox.stripe.checkout.sessions.create({
        mode: 'subscription',
        customer: customer.id,
        line_items: [{ price: 'price_pro_monthly', quantity: 1 }],
        subscription_data: { trial_period_days: 14 },
        success_url: 'http://localhost/done',
      });
      const paid = await payByForm(session.url, { card_number: '4242424242424242' });
      if (paid.status === 303) answered.add(session.id);
    } catch {
      if (sandbox.child.killed) return;
      throw new Error('the sandbox refused a checkout while it was alive');
    }
  }
}

function idOf(reference: string | { id: string } | null): string {
  return typeof reference === 'string' ? reference : (reference?.id ?? '');
}
