import { Door, sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { Injectable } from '@nestjs/common';

/** Stripe redelivers for 3 days and lists events for 30, so nothing older can come back as a duplicate. */
const keepDays = 60;
const batchSize = 5_000;

/** Keeps the inbox from growing for ever; what is dead or waiting stays until somebody has looked at it. */
@Injectable()
export class ForgetOldStripeEvents {
  constructor(
    private readonly door: Door,
    private readonly clock: Clock,
  ) {}

  async run(): Promise<void> {
    const before = new Date(this.clock.nowMs() - keepDays * 86_400_000);
    let deleted = batchSize;
    while (deleted === batchSize) deleted = await this.door.commit('forget-stripe-events', () => this.forget(before));
  }

  private async forget(before: Date): Promise<number> {
    const rows = await sql(
      `delete from stripe_event where id in
         (select id from stripe_event where received_at < $1 and state in ('applied', 'ignored') limit $2)
       returning id`,
      [before, batchSize],
    );
    return rows.length;
  }
}
