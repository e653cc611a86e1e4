import { defineEntity, p } from '@mikro-orm/core';

export type Severity = 'info' | 'warning' | 'urgent';

const AlertSchema = defineEntity({
  name: 'Alert',
  tableName: 'alert',
  properties: {
    id: p.text().primary(),
    kind: p.text(),
    severity: p.text().$type<Severity>(),
    /** Null when it concerns everybody: SendGrid away, key refused. */
    tenantId: p.text().nullable(),
    text: p.text(),
    dedupeKey: p.text().unique(),
    openedAt: p.datetime(),
  },
  indexes: [{ properties: ['openedAt'] }],
});

/** Something an operator should see. Says ids and causes, never names or addresses. */
export class Alert extends AlertSchema.class {}
AlertSchema.setClass(Alert);
