import type { System } from '@latchkey/chaos/parts';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Facts {
  count: number;
  /** From the outbox to the stream, by one relay. */
  relayedPerSecond: number;
  /** From the outbox into the journal of analytics, which hears every fact. */
  journaledPerSecond: number;
}

const withinMs = 120_000;

/**
 * Copies of mails that were sent, as new facts of the same tenants in the notifier's outbox, all in one commit: how fast
 * they go out and how fast they are taken in. The copies say that a mail was sent again, so nothing is counted with
 * this system afterwards.
 */
export async function measureFacts(system: System, count: number): Promise<Facts> {
  const [before] = await system.sql<{ seq: string }>('notifier', 'select coalesce(max(seq), 0) as seq from kit.outbox');
  const startedMs = performance.now();
  const copied = await system.sql<{ id: string }>(
    'notifier',
    `with originals as (
       select tenant_id, type, subject, data, headers, row_number() over () as number
       from (select * from kit.outbox where type = 'notifier.email-sent.v1' limit 100) as mails
     ), copies as (
       select gen_random_uuid() as id, o.*
       from generate_series(0, $1::int - 1) as n
       join originals o on o.number = 1 + n % (select count(*) from originals)
     )
     insert into kit.outbox (id, tenant_id, type, subject, data, headers, occurred_at)
     select id, tenant_id, type, subject, data, headers || jsonb_build_object('ce-id', id::text), now() from copies
     returning id`,
    [count],
  );
  if (copied.length !== count) throw new Error(`Only ${copied.length} facts were copied: nobody was sent a mail yet.`);
  const relayedMs = await until(startedMs, 'relayed', async () => {
    const [row] = await system.sql<{ left: number }>(
      'notifier',
      'select count(*)::int as left from kit.outbox where seq > $1 and published_at is null',
      [before!.seq],
    );
    return row!.left === 0;
  });
  const last = copied.map(({ id }) => id);
  const journaledMs = await until(startedMs, 'journaled', async () => {
    const [row] = await system.sql<{ found: number }>(
      'analytics',
      'select count(*)::int as found from facts.event where event_id = any($1::uuid[])',
      [last],
    );
    return row!.found === count;
  });
  const perSecond = (ms: number) => (count / ms) * 1_000;
  return { count, relayedPerSecond: perSecond(relayedMs), journaledPerSecond: perSecond(journaledMs) };
}

async function until(startedMs: number, what: string, isSo: () => Promise<boolean>): Promise<number> {
  for (const deadline = performance.now() + withinMs; !(await isSo()); await sleep(50))
    if (performance.now() > deadline) throw new Error(`The facts were not ${what} in two minutes.`);
  return performance.now() - startedMs;
}
