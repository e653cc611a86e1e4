import { Inject, Injectable } from '@nestjs/common';
import { histogram } from '@latchkey/shared/observability';
import { Door, sql } from '@latchkey/shared/persistence';
import { Clock, delay } from '@latchkey/shared/time';
import { CONFIG, type Config } from '../config.js';

export type BudgetedVendor = 'pinecone' | 'openai';

const waited = histogram(
  'vendor_budget_wait_seconds',
  'How long calls wait for their share of a vendor’s rate.',
  ['vendor'],
  [0.001, 0.01, 0.1, 0.5, 1, 5, 30],
);

/**
 * A token bucket per vendor, in the database, shared by all replicas (S9: fifty signups at once must not run into the
 * vendors' limits). Each replica draws a handful of tokens at a time, so that a call does not cost a transaction.
 */
@Injectable()
export class VendorBudget {
  private readonly purse = new Map<BudgetedVendor, number>();
  private readonly queue = new Map<BudgetedVendor, Promise<void>>();

  constructor(
    private readonly door: Door,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Resolves when one call may be made. First come, first served within a replica; ends early when the signal does. */
  async take(vendor: BudgetedVendor, signal?: AbortSignal): Promise<void> {
    const stop = waited.startTimer({ vendor });
    const turn = (this.queue.get(vendor) ?? Promise.resolve()).then(() => this.spend(vendor, signal));
    this.queue.set(
      vendor,
      turn.catch(() => undefined),
    );
    await turn;
    stop();
  }

  private async spend(vendor: BudgetedVendor, signal?: AbortSignal): Promise<void> {
    while (!signal?.aborted) {
      const left = this.purse.get(vendor) ?? 0;
      if (left >= 1) return void this.purse.set(vendor, left - 1);
      const drawn = await this.draw(vendor);
      if (drawn > 0) this.purse.set(vendor, left + drawn);
      else await delay(Math.min(1_000, 1_000 / this.perSecond(vendor)), signal);
    }
  }

  private perSecond(vendor: BudgetedVendor): number {
    return vendor === 'pinecone' ? this.config.PINECONE_RATE_PER_SECOND : this.config.OPENAI_RATE_PER_MINUTE / 60;
  }

  /** Takes up to a fifth of a second's tokens; 0 when there are none. A bucket holds one second's worth, so bursts stay small. */
  private async draw(vendor: BudgetedVendor): Promise<number> {
    const perSecond = this.perSecond(vendor);
    const capacity = Math.max(1, perSecond);
    const wanted = Math.max(1, Math.floor(perSecond / 5));
    return this.door.commit('vendor-budget', async () => {
      const rows = await sql<{ drawn: number }>(
        `with bucket as (
           insert into vendor_budget (vendor, tokens, refilled_at) values ($1, $2, $4)
           on conflict (vendor) do update set
             tokens = least($2, vendor_budget.tokens + greatest(0, extract(epoch from $4::timestamptz - vendor_budget.refilled_at)) * $3),
             refilled_at = greatest($4, vendor_budget.refilled_at)
           returning tokens)
         select least($5, floor(tokens))::int as drawn from bucket`,
        [vendor, capacity, perSecond, this.clock.nowIso(), wanted],
      );
      const drawn = rows[0]?.drawn ?? 0;
      if (drawn > 0) await sql(`update vendor_budget set tokens = tokens - $2 where vendor = $1`, [vendor, drawn]);
      return drawn;
    });
  }
}
