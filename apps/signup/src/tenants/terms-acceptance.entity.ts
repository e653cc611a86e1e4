import { defineEntity, p } from '@mikro-orm/core';

const TermsAcceptanceSchema = defineEntity({
  name: 'TermsAcceptance',
  tableName: 'terms_acceptance',
  properties: {
    id: p.text().primary(),
    tenantId: p.text().index(),
    version: p.text(),
    acceptedAt: p.datetime(),
    address: p.text().nullable(),
    userAgent: p.text().nullable(),
  },
});

/** Which terms were accepted, when and from where (S9). After an erasure the fact stays and the traces go. */
export class TermsAcceptance extends TermsAcceptanceSchema.class {}
TermsAcceptanceSchema.setClass(TermsAcceptance);
