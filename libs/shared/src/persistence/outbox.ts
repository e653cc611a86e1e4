import type { EntityManager } from '@mikro-orm/postgresql';
import { subjectOf } from '@latchkey/contracts';
import { query, queryWithCommit, type PendingFact } from './transaction.js';

/** Writes all facts of a commit with one statement; the sequence is drawn after the entities' row locks, so it is true for each entity (two mails of one tenant have no order). */
export async function writeOutbox(
  em: EntityManager,
  facts: PendingFact[],
  source: string,
  occurredAt: string,
): Promise<void> {
  const rows = facts.map(({ id, event, tenantId, data, scope }) => ({
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
 * Makes the partitions of the coming week and drops what is past the replay window (see the function's migration). Runs at
 * start and once a day; safe to repeat and to run on several replicas.
 */
export async function tendOutbox(em: EntityManager, now: Date): Promise<void> {
  const heardSince = new Date(now.getTime() - inboxDays * 86_400_000);
  await query(em, 'select kit.tend_outbox($1, $2, $3)', [
    now.toISOString(),
    keptSince(now).toISOString(),
    heardSince.toISOString(),
  ]);
}
