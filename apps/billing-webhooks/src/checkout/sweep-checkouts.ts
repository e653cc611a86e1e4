import { enqueue } from '@latchkey/shared/jobs';
import { Door, em, sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { Injectable } from '@nestjs/common';
import { Checkout } from './checkout.entity.js';
import { LookAfterCheckout } from './jobs.js';

const batchSize = 200;

/** Finds checkouts that nobody has looked at for too long. Idle, it costs one read of an index. */
@Injectable()
export class SweepCheckouts {
  constructor(
    private readonly door: Door,
    private readonly clock: Clock,
  ) {}

  async run(): Promise<number> {
    const now = this.clock.now();
    const [due] = await this.door.read('sweep-checkouts', () =>
      sql<{ found: boolean }>('select exists (select 1 from checkout where check_at <= $1) as found', [now]),
    );
    if (!due?.found) return 0;
    return this.door.commit('sweep-checkouts', async () => {
      const ids = await sql<{ id: string }>(
        'select id from checkout where check_at <= $1 order by check_at limit $2 for update skip locked',
        [now, batchSize],
      );
      const checkouts = await em().find(Checkout, { id: ids.map(({ id }) => id) });
      for (const checkout of checkouts) {
        checkout.scheduleCheck(now);
        enqueue(LookAfterCheckout, { checkout_id: checkout.id }, { key: checkout.id });
      }
      return checkouts.length;
    });
  }
}
