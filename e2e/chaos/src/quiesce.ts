import { owners } from '@latchkey/contracts';
import { setTimeout as sleep } from 'node:timers/promises';
import { countUnacknowledged } from './bus.js';
import type { Sandbox } from './sandbox.js';
import type { System } from './system.js';

const betweenLooksMs = 500;
/** A look that finds nothing may fall between two steps of a chain; two in a row may not. */
const quietLooks = 2;

/**
 * Waits until nothing is in flight: everybody ready, outboxes and streams empty, no job due or being retried, no webhook
 * or mail on its way, no tenant half provisioned. Answers with what is still moving when `timeoutMs` are over.
 */
export async function quiesce(system: System, sandbox: Sandbox, timeoutMs: number): Promise<string[]> {
  const deadline = performance.now() + timeoutMs;
  for (let quiet = 0; ; await sleep(betweenLooksMs)) {
    const moving = await unfinished(system, sandbox).catch((error: unknown) => [`a look failed: ${String(error)}`]);
    quiet = moving.length === 0 ? quiet + 1 : 0;
    if (quiet >= quietLooks) return [];
    if (performance.now() > deadline) return moving;
  }
}

/** What is in flight at this moment; a look between two steps of a chain may find nothing. */
export async function unfinished(system: System, sandbox: Sandbox): Promise<string[]> {
  const ready = await system.isReady(0);
  if (ready !== true) return [`${ready} is not ready`];
  const moving: string[] = [];
  const note = (count: number, what: string) => void (count > 0 && moving.push(`${count} ${what}`));
  for (const owner of owners) {
    const [row] = await system.sql<{ facts: number; jobs: number; names: string }>(
      owner,
      `select (select count(*)::int from kit.outbox where published_at is null) as facts,
        (select count(*)::int from pgboss.job j where ${dueJob}) as jobs,
        (select coalesce(string_agg(distinct name, ', '), '') from pgboss.job j where ${dueJob}) as names`,
    );
    note(row!.facts, `facts of ${owner} not published`);
    note(row!.jobs, `jobs of ${owner} not done (${row!.names})`);
  }
  note(await countUnacknowledged(system.natsUrl), 'events not acknowledged');
  // "pending" with many tries behind it waits for minutes: what it tells has been found out by then, or is a violation.
  const webhooks = (await sandbox.webhooks()).filter(
    ({ state, attempts }) => state === 'pending' && attempts.length < 4,
  );
  note(webhooks.length, 'webhooks not delivered');
  const [mails] = await system.sql<{ count: number }>(
    'notifier',
    `select count(*)::int as count from message where state in ('queued', 'sending', 'uncertain')`,
  );
  note(mails!.count, 'mails not sent');
  // A try that failed often comes again after minutes, later than jobs are looked at here.
  const [news] = await system.sql<{ count: number }>(
    'billing-webhooks',
    `select count(*)::int as count from stripe_event where state = 'waiting'`,
  );
  note(news!.count, 'events of Stripe not applied');
  const [tenants] = await system.sql<{ count: number }>(
    'signup',
    `select count(*)::int as count from tenant
     where status = 'provisioning' or (status = 'provisioning_failed' and compensated_at is null)`,
  );
  note(tenants!.count, 'tenants not decided');
  return moving;
}

/** Schedules come again and again and are not waited for; what is planned for a later day is not either. */
const dueJob = `name <> 'dead-jobs' and name not like '\\_\\_pgboss%' and name not in (select name from pgboss.schedule)
  and (state = 'active' or (state in ('created', 'retry') and start_after <= now() + interval '15 seconds'))`;
