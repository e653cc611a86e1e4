import { defineEntity, p } from '@mikro-orm/core';
import type { AbandonedBecause } from './run.entity.js';

const AbandonmentSchema = defineEntity({
  name: 'Abandonment',
  tableName: 'abandonment',
  properties: {
    tenantId: p.text().primary(),
    /** Every clearance up to this one is void. */
    throughGeneration: p.integer(),
    because: p.text().$type<AbandonedBecause>(),
    decidedAt: p.datetime(3),
  },
});

/**
 * A decision against a tenant, kept because it may overtake the clearance it is about: they come from different owners,
 * so the bus does not order them, and a provisioner that was down for hours reads them in any order.
 */
export class Abandonment extends AbandonmentSchema.class {}
AbandonmentSchema.setClass(Abandonment);
