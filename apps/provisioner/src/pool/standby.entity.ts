import { defineEntity, p } from '@mikro-orm/core';

export type StandbyState = 'preparing' | 'ready' | 'claimed';

const StandbySchema = defineEntity({
  name: 'Standby',
  tableName: 'standby',
  properties: {
    id: p.text().primary(),
    namespace: p.text().unique(),
    state: p.text().$type<StandbyState>(),
    /** The samples' embedding model; a workspace prepared with another one is of no use any more. */
    model: p.text(),
    preparedAt: p.datetime(3),
    claimedBy: p.text().nullable(),
  },
  indexes: [
    { name: 'standby_ready_index', properties: ['preparedAt'], where: `state = 'ready'` },
    { name: 'standby_unclaimed_index', properties: ['preparedAt'], where: `state <> 'claimed'` },
  ],
});

/** A workspace prepared before anybody needs it (FEATURES N6): its namespace holds the samples and was seen to answer. */
export class Standby extends StandbySchema.class {}
StandbySchema.setClass(Standby);
