import { defineEntity, p } from '@mikro-orm/core';

const SignupAuditSchema = defineEntity({
  name: 'SignupAudit',
  tableName: 'signup_audit',
  properties: {
    id: p.text().primary(),
    at: p.datetime().index(),
    outcome: p.text(),
    /** Keyed hash: an auditor who asks about one address can be answered, a reader of the table learns none. */
    emailHash: p.text().index(),
    tenantId: p.text().nullable(),
    address: p.text().nullable(),
    userAgent: p.text().nullable(),
  },
});

/** Who tried to sign up, when, from where, and what came of it (S9, SOC 2): refused attempts too. */
export class SignupAudit extends SignupAuditSchema.class {}
SignupAuditSchema.setClass(SignupAudit);
