import { enqueue } from '@latchkey/shared/jobs';
import { newId } from '@latchkey/shared/ids';
import { sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { Injectable } from '@nestjs/common';
import { emailsOn } from '../emails/registry.js';
import { SendEmailJob } from './send-email.job.js';

/** Writes down every mail that answers to a fact, each once for its key, and queues it in the same commit. */
@Injectable()
export class QueueEmails {
  constructor(private readonly clock: Clock) {}

  async run(fact: { type: string; tenantId: string; data: unknown }): Promise<void> {
    for (const email of emailsOn(fact.type)) {
      const id = newId('msg');
      const key = email.dedupeKey(fact);
      const inserted = await sql(
        `insert into message (id, template, tenant_id, dedupe_key, fact_data, state, attempts, created_at, queued_at)
         values ($1, $2, $3, $4, $5, 'queued', 0, $6, $6) on conflict (dedupe_key) do nothing returning id`,
        [id, email.name, fact.tenantId, key, JSON.stringify(fact.data), this.clock.nowIso()],
      );
      if (inserted.length > 0) enqueue(SendEmailJob, { message_id: id });
    }
  }
}
