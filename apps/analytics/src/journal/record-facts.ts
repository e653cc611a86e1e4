import type { Fact } from '@latchkey/shared/messaging';
import { sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { Injectable } from '@nestjs/common';
import { ProjectEntries } from '../progress/project-entries.js';
import { entryOf } from './entry.js';

/**
 * Writes a batch of events into the journal and brings the tenants' progress up to date, in one transaction. An event
 * that is in the journal already changes nothing, so redelivery and several replicas are harmless.
 */
@Injectable()
export class RecordFacts {
  constructor(
    private readonly clock: Clock,
    private readonly project: ProjectEntries,
  ) {}

  async run(facts: Fact[]): Promise<void> {
    const recordedAt = this.clock.nowIso();
    const entries = facts.map((fact) => entryOf(fact, recordedAt));
    // In one order everywhere: two replicas with the same events then wait for each other instead of deadlocking.
    const fresh = await sql<{ event_id: string }>(
      `insert into facts.event (event_id, type, tenant_id, occurred_at, data, correlation_id, causation_id, recorded_at)
       select event_id, type, tenant_id, occurred_at, data, correlation_id, causation_id, $2::timestamptz
       from jsonb_to_recordset($1::jsonb) as e(event_id uuid, type text, tenant_id text, occurred_at timestamptz,
         data jsonb, correlation_id text, causation_id text)
       order by event_id
       on conflict (event_id) do nothing returning event_id`,
      [JSON.stringify(entries), recordedAt],
    );
    const ids = new Set(fresh.map((row) => row.event_id));
    await this.project.run(entries.filter((entry) => ids.has(entry.event_id)));
  }
}
