import type { EntityManager } from '@mikro-orm/postgresql';
import { Clock } from '../time/clock.js';
import { runInDoor, type OpenDoor } from './transaction.js';

/** A fact by its short name. */
export interface RecordedFact {
  name: string;
  tenantId: string;
  data: unknown;
}

/**
 * What entities record while `fn` runs, without any database: for tests of the rules in them, which then cost
 * microseconds. `em()` and `sql()` fail in there.
 */
export function factsOf(owner: string, fn: () => void): RecordedFact[] {
  const em = new Proxy({} as EntityManager, {
    get: () => {
      throw new Error('There is no database in factsOf().');
    },
  });
  const now = () => new Clock().nowIso();
  const door: OpenDoor = { owner, em, now, writes: true, facts: [], jobs: [], lastly: [], afterCommit: [] };
  runInDoor(door, fn);
  return door.facts.map(({ event, tenantId, data }) => ({ name: event.name, tenantId, data }));
}
