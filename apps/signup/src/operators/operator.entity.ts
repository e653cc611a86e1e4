import { defineEntity, p } from '@mikro-orm/core';

export type OperatorRole = 'viewer' | 'operator';

const OperatorSchema = defineEntity({
  name: 'Operator',
  tableName: 'operator',
  properties: {
    id: p.text().primary(),
    /** Also the name in every audit. */
    email: p.text().unique(),
    passwordHash: p.text(),
    role: p.text().$type<OperatorRole>(),
    createdAt: p.datetime(),
    disabledAt: p.datetime().nullable(),
  },
});

/** Somebody who runs the house. Viewers look; operators act, in their own name. */
export class Operator extends OperatorSchema.class {}
OperatorSchema.setClass(Operator);

const OperatorSessionSchema = defineEntity({
  name: 'OperatorSession',
  tableName: 'operator_session',
  properties: {
    id: p.text().primary(),
    operatorId: p.text(),
    /** The token itself is only in the cookie: a stolen database opens no console. */
    tokenHash: p.text().unique(),
    createdAt: p.datetime(),
    expiresAt: p.datetime().index(),
    endedAt: p.datetime().nullable(),
  },
});

/** One log-in to the console, for a working day. */
export class OperatorSession extends OperatorSessionSchema.class {}
OperatorSessionSchema.setClass(OperatorSession);
