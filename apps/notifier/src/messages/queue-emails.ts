import { enqueue } from '@latchkey/shared/jobs';
import { newId } from '@latchkey/shared/ids';
import { forAll, sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { Injectable } from '@nestjs/common';
import { emailsOn } from '../emails/registry.js';
import { SendEmailJob } from './send-email.job.js';

/** Its key comes first: rows of a shared commit are sorted by it, so that two of those wait for each other in one order. */
interface MessageRow {
  dedupe_key: string;
  id: string;
  template: string;
  tenant_id: string;
  fact_data: unknown;
}

/** Writes down every mail that answers to a fact, each once for its key, and queues it in the same commit. */
@Injectable()
export class QueueEmails {
  constructor(private readonly clock: Clock) {}

  async run(fact: { id: string; type: string; time: string; tenantId: string; data: unknown }): Promise<void> {
    const ageMs = this.clock.nowMs() - Date.parse(fact.time);
    for (const email of emailsOn(fact.type)) {
      if (ageMs > email.freshForMs) continue;
      const dedupe_key = email.dedupeKey(fact);
      if (dedupe_key === null) continue;
      const id = newId('msg');
      const mail = { template: email.name, tenant_id: fact.tenantId, fact_data: fact.data };
      const row = { dedupe_key, id, ...mail };
      const isNew = await forAll('queue-emails', row, (rows) => this.insert(rows));
      if (isNew) enqueue(SendEmailJob, { message_id: id, mail });
    }
  }

  /** Whether each is new, in the order of `rows`. */
  private async insert(rows: MessageRow[]): Promise<boolean[]> {
    const inserted = await sql<{ id: string }>(
      `insert into message (id, template, tenant_id, dedupe_key, fact_data, state, attempts, created_at, queued_at)
       select id, template, tenant_id, dedupe_key, fact_data, 'queued', 0, $2::timestamptz, $2::timestamptz
       from jsonb_to_recordset($1::jsonb) as r(id text, template text, tenant_id text, dedupe_key text, fact_data jsonb)
       on conflict (dedupe_key) do nothing returning id`,
      [JSON.stringify(rows), this.clock.nowIso()],
    );
    const fresh = new Set(inserted.map(({ id }) => id));
    return rows.map(({ id }) => fresh.has(id));
  }
}
