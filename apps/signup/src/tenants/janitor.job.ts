import { OnSchedule, type JobRun } from '@latchkey/shared/jobs';
import { Log } from '@latchkey/shared/observability';
import { em, sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { LockMode } from '@mikro-orm/core';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { RateLimits } from '../limits/rate-limits.js';
import { Tenant } from './tenant.entity.js';

/** Rows one sweep touches at most, so that it never holds many locks; the next hour takes the rest. */
const batch = 200;
/** Sessions and codes that ended this long ago are of no use to anybody. */
const keepEndedMs = 90 * 86_400_000;

/** Closes what was abandoned and removes what is over: nothing here grows for ever (FEATURES lesson 11). */
@Injectable()
export class Janitor {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly clock: Clock,
    private readonly limits: RateLimits,
    private readonly log: Log,
  ) {}

  @OnSchedule({ name: 'signup-janitor', cron: '23 * * * *' })
  async sweep(run: JobRun): Promise<void> {
    await run.commit(async () => {
      const closed = await this.closeAbandoned();
      await this.limits.removeFinished();
      const endedBefore = new Date(this.clock.nowMs() - keepEndedMs).toISOString();
      await sql('delete from session where coalesce(ended_at, expires_at) < $1', [endedBefore]);
      await sql('delete from verification where expires_at < $1', [endedBefore]);
      if (closed > 0) this.log.info('Abandoned signups were closed.', { closed });
    });
  }

  /** Stripe's own expiry usually comes first; this is for signups that never had a checkout. */
  private async closeAbandoned(): Promise<number> {
    const before = new Date(this.clock.nowMs() - this.config.ABANDONED_AFTER_HOURS * 3_600_000);
    const abandoned = await em().find(
      Tenant,
      { status: 'pending_payment', paidAt: null, signedUpAt: { $lt: before } },
      { limit: batch, orderBy: { signedUpAt: 'asc' }, lockMode: LockMode.PESSIMISTIC_PARTIAL_WRITE },
    );
    for (const tenant of abandoned) tenant.expire('checkout_expired');
    return abandoned.length;
  }
}
