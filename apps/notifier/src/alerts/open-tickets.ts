import { TicketOpened } from '@latchkey/contracts';
import { newId } from '@latchkey/shared/ids';
import { counter } from '@latchkey/shared/observability';
import { record, sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { Injectable } from '@nestjs/common';
import { RaiseAlert } from './raise-alert.js';
import { ticketRules } from './rules.js';

const ticketsTotal = counter('notifier_tickets_total', 'Tickets opened.', ['kind', 'severity']);

/** Opens the tickets a fact calls for, each once for its key; an urgent one is an alert as well. */
@Injectable()
export class OpenTickets {
  constructor(
    private readonly clock: Clock,
    private readonly raiseAlert: RaiseAlert,
  ) {}

  async run(fact: { type: string; tenantId: string; data: unknown }): Promise<void> {
    for (const { on, kind, severity, ticketFor } of ticketRules) {
      const wanted = on.type === fact.type ? ticketFor(fact.tenantId, fact.data) : undefined;
      if (!wanted) continue;
      const id = newId('tck');
      const inserted = await sql(
        `insert into ticket (id, kind, severity, tenant_id, text, dedupe_key, opened_at)
         values ($1, $2, $3, $4, $5, $6, $7) on conflict (dedupe_key) do nothing returning id`,
        [id, kind, severity, fact.tenantId, wanted.text, `${kind}:${wanted.dedupeKey}`, this.clock.nowIso()],
      );
      if (inserted.length === 0) continue;
      record(TicketOpened, fact.tenantId, { ticket_id: id, kind, severity });
      ticketsTotal.inc({ kind, severity });
      if (severity === 'urgent') await this.raiseAlert.run({ kind, severity, tenantId: fact.tenantId, ...wanted });
    }
  }
}
