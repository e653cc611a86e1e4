import { sql } from '../../persistence/transaction.js';
import type { Clock } from '../../time/clock.js';
import { factOf, type Middleware } from './middleware.js';

/** JetStream delivers at least once; this row makes the effect happen exactly once, however late the repetition comes. */
export const inbox =
  (clock: Clock): Middleware =>
  async (delivery, next) => {
    const { id, type } = factOf(delivery);
    const rows = await sql(
      `insert into kit.inbox (event_id, type, received_at) values ($1, $2, $3) on conflict do nothing returning event_id`,
      [id, type, clock.nowIso()],
    );
    if (rows.length === 0) {
      delivery.repeated = true;
      return;
    }
    await next();
  };
