import type { Fact } from '@latchkey/shared/messaging';

/** An event as the journal keeps it: ids and the facts of its contract, no personal data (DESIGN rule 10). */
export interface JournalEntry {
  event_id: string;
  type: string;
  tenant_id: string;
  /** ISO 8601 in UTC with milliseconds, so that text order is time order. */
  occurred_at: string;
  data: unknown;
  correlation_id: string;
  causation_id: string;
}

/** A time nobody can read is replaced by the time of recording; the journal then holds that one for ever, also for a rebuild. */
export function entryOf(fact: Fact, recordedAt: string): JournalEntry {
  const occurredAt = new Date(fact.time);
  return {
    event_id: fact.id.toLowerCase(),
    type: fact.type,
    tenant_id: fact.tenantId,
    occurred_at: Number.isNaN(occurredAt.getTime()) ? recordedAt : occurredAt.toISOString(),
    data: fact.data,
    correlation_id: fact.correlationId,
    causation_id: fact.causationId,
  };
}
