import { defineEntity, p } from '@mikro-orm/core';
import type { Severity } from './alert.entity.js';

const TicketSchema = defineEntity({
  name: 'Ticket',
  tableName: 'ticket',
  properties: {
    id: p.text().primary(),
    kind: p.text(),
    severity: p.text().$type<Severity>(),
    tenantId: p.text().index(),
    text: p.text(),
    dedupeKey: p.text().unique(),
    openedAt: p.datetime(),
    closedAt: p.datetime().nullable(),
  },
  indexes: [
    { properties: ['openedAt'] },
    { name: 'ticket_open_index', properties: ['openedAt', 'id'], where: 'closed_at is null' },
  ],
});

/** A customer that a person must look after (S9, "human intervention triggers"). */
export class Ticket extends TicketSchema.class {
  close(now: Date): 'done' | 'already' {
    if (this.closedAt) return 'already';
    this.closedAt = now;
    return 'done';
  }
}
TicketSchema.setClass(Ticket);
