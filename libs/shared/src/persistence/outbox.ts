import type { EntityManager } from '@mikro-orm/postgresql';
import { subjectOf } from '@latchkey/contracts';
import type { Scope } from '../observability/scope.js';
import { query, queryWithCommit, type PendingFact } from './transaction.js';

/** Writes all facts of a commit with one statement; the sequence is drawn after the entities' row locks, so it is true for each entity (two mails of one tenant have no order). */
export async function writeOutbox(
  em: EntityManager,
  facts: PendingFact[],
  source: string,
  scope: Scope,
  occurredAt: string,
): Promise<void> {
  const rows = facts.map(({ id, event, tenantId, data }) => ({
    id,
    tenant_id: tenantId,
    type: event.type,
    subject: subjectOf(event, tenantId),
    data,
    headers: {
      'ce-id': id,
      'ce-type': event.type,
      'ce-source': source,
      'ce-subject': tenantId,
      'ce-time': occurredAt,
      'correlation-id': scope.correlationId,
      'causation-id': scope.causationId ?? scope.correlationId,
      traceparent: scope.traceparent,
    },
  }));
  await queryWithCommit(
    em,
    `insert into kit.outbox (id, tenant_id, type, subject, data, headers, occurred_at)
     select id, tenant_id, type, subject, data, headers, $2::timestamptz
     from jsonb_to_recordset($1::jsonb) as r(id uuid, tenant_id text, type text, subject text, data jsonb, headers jsonb)`,
    [JSON.stringify(rows), occurredAt],
  );
}

/** How long published facts stay, so that a lost stream can be filled again (rule 5). */
export const outboxDays = 30;
/**
 * How long inbox rows stay to recognise a fact that comes again. A fact can be published again on its last day in the
 * outbox (30 days, and the one its partition still has) and then lies in the stream for 30 days more.
 */
const inboxDays = 2 * outboxDays + 5;

/** The start of the oldest day whose facts are kept. */
export function keptSince(now: Date): Date {
  const midnight = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate());
  return new Date(midnight - outboxDays * 86_400_000);
}

/**
 * Makes the partitions of the coming week and drops what is past the replay window. A partition that still holds an
 * unpublished fact is never dropped. Runs at start and once a day; safe to repeat and to run on several replicas.
 */
export async function tendOutbox(em: EntityManager, now: Date): Promise<void> {
  await query(em, `select pg_advisory_xact_lock(hashtext('kit.outbox.partitions'))`);
  for (let day = 0; day <= 7; day++) {
    const from = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + day));
    const to = new Date(from.getTime() + 86_400_000);
    const name = `outbox_${from.toISOString().slice(0, 10).replaceAll('-', '')}`;
    const [existing] = await query<{ found: boolean }>(em, `select to_regclass($1) is not null as found`, [
      `kit.${name}`,
    ]);
    const [strays] = await query<{ found: boolean }>(
      em,
      `select exists (select 1 from kit.outbox_default where occurred_at >= $1 and occurred_at < $2) as found`,
      [from.toISOString(), to.toISOString()],
    );
    // A day that already has rows in the default partition stays there: PostgreSQL refuses to carve it out in place.
    if (existing?.found || strays?.found) continue;
    await query(
      em,
      `create table kit.${name} partition of kit.outbox for values from ('${from.toISOString()}') to ('${to.toISOString()}')`,
    );
  }
  const keepFrom = keptSince(now).toISOString().slice(0, 10).replaceAll('-', '');
  const old = await query<{ name: string }>(
    em,
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = 'kit.outbox'::regclass and c.relname ~ '^outbox_[0-9]{8}$' and substring(c.relname from 8) < $1`,
    [keepFrom],
  );
  for (const { name } of old) {
    const [left] = await query<{ found: boolean }>(
      em,
      `select exists (select 1 from kit.${name} where published_at is null) as found`,
    );
    if (!left?.found) await query(em, `drop table kit.${name}`);
  }
  await query(em, `delete from kit.outbox_default where published_at is not null and occurred_at < $1`, [
    keptSince(now).toISOString(),
  ]);
  await query(em, `delete from kit.inbox where received_at < $1`, [
    new Date(now.getTime() - inboxDays * 86_400_000).toISOString(),
  ]);
}
