import { forAll, sql } from '../../persistence/transaction.js';
import type { Clock } from '../../time/clock.js';
import { factOf, type Middleware } from './middleware.js';

/** JetStream delivers at least once; this row makes the effect happen exactly once, however late the repetition comes. */
export const inbox =
  (clock: Clock): Middleware =>
  async (delivery, next) => {
    const { id, type } = factOf(delivery);
    const isNew = await forAll('inbox', { id, type }, (facts) => remember(facts, clock.nowIso()));
    if (!isNew) {
      delivery.repeated = true;
      return;
    }
    await next();
  };

/** In the order of `facts`, whether each is heard of for the first time. */
async function remember(facts: readonly { id: string; type: string }[], now: string): Promise<boolean[]> {
  const rows = await sql<{ event_id: string }>(
    `insert into kit.inbox (event_id, type, received_at) select id, type, $3 from unnest($1::uuid[], $2::text[]) as f(id, type)
     on conflict do nothing returning event_id`,
    [facts.map(({ id }) => id), facts.map(({ type }) => type), now],
  );
  const fresh = new Set(rows.map((row) => row.event_id));
  return facts.map(({ id }) => fresh.has(id.toLowerCase()));
}
