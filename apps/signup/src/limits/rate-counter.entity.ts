import { defineEntity, p } from '@mikro-orm/core';

const RateCounterSchema = defineEntity({
  name: 'RateCounter',
  tableName: 'rate_counter',
  properties: {
    key: p.text().primary(),
    used: p.integer(),
    windowEndsAt: p.datetime().index(),
  },
});

/** How often something happened in the current window; counted by rate-limits.ts in one statement, shared by all replicas. */
export class RateCounter extends RateCounterSchema.class {}
RateCounterSchema.setClass(RateCounter);
