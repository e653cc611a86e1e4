import type { System } from '@latchkey/chaos/parts';
import { createHmac, randomUUID } from 'node:crypto';
import pLimit from 'p-limit';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Webhooks {
  sent: number;
  acceptedPerSecond: number;
  /** Until the last one was also acted upon. */
  handledPerSecond: number;
}

const sentAtOnce = 32;
const handledWithinMs = 120_000;

/**
 * News about subscriptions that exist, each with an id of its own and rightly signed: stored, answered, then acted upon.
 * Needs tenants that have paid.
 */
export async function measureWebhooks(system: System, count: number): Promise<Webhooks> {
  const subscriptions = await system.sql<{ id: string }>('billing-webhooks', 'select id from subscription limit 100');
  if (subscriptions.length === 0) throw new Error('Nobody has paid yet, so there is no subscription to tell about.');
  const mark = `evt_bench_${randomUUID().slice(0, 8)}`;
  const startedMs = performance.now();
  const limit = pLimit(sentAtOnce);
  await limit.map(Array.from({ length: count }).keys(), (index) =>
    send(system, `${mark}_${index}`, subscriptions[index % subscriptions.length]!.id),
  );
  const acceptedMs = performance.now() - startedMs;
  for (const deadline = performance.now() + handledWithinMs; ; await sleep(100)) {
    const [row] = await system.sql<{ waiting: number }>(
      'billing-webhooks',
      `select count(*)::int as waiting from stripe_event where id like $1 and state = 'waiting'`,
      [`${mark}%`],
    );
    if (row?.waiting === 0) break;
    if (performance.now() > deadline) throw new Error(`${row?.waiting} webhooks were not handled in two minutes.`);
  }
  const handledMs = performance.now() - startedMs;
  return {
    sent: count,
    acceptedPerSecond: (count / acceptedMs) * 1_000,
    handledPerSecond: (count / handledMs) * 1_000,
  };
}

async function send(system: System, id: string, subscription: string): Promise<void> {
  const created = Math.floor(Date.now() / 1_000);
  const object = { id: subscription, object: 'subscription' };
  const event = { id, object: 'event', type: 'customer.subscription.updated', created, data: { object } };
  const body = JSON.stringify(event);
  const v1 = createHmac('sha256', system.secrets['stripeWebhookSecret']!).update(`${created}.${body}`).digest('hex');
  const response = await fetch(`${system.url('billing-webhooks')}/stripe-webhook`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'stripe-signature': `t=${created},v1=${v1}` },
    body,
  });
  if (!response.ok) throw new Error(`A webhook was answered ${response.status}: ${await response.text()}`);
  await response.arrayBuffer();
}
