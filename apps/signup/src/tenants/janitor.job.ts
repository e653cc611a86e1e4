import { OnSchedule, type JobRun } from '@latchkey/shared/jobs';
import { Log } from '@latchkey/shared/observability';
import { sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { Injectable } from '@nestjs/common';
import { RateLimits } from '../limits/rate-limits.js';
import { ForgetAbandoned } from '../privacy/forget-abandoned.js';
import { CloseAbandoned } from './close-abandoned.js';
import { WatchPaidTenants } from './watch-paid-tenants.js';

/** Sessions and codes that expired this long ago are of no use to anybody. */
const keepExpiredMs = 90 * 86_400_000;
/** Auditors look back a year (SOC 2), and a little longer when they are late. */
const keepTrailMs = 400 * 86_400_000;

/** Keeps the deadlines, closes what was abandoned and removes what is over: nothing here grows for ever. */
@Injectable()
export class Janitor {
  constructor(
    private readonly clock: Clock,
    private readonly limits: RateLimits,
    private readonly closeAbandoned: CloseAbandoned,
    private readonly forgetAbandoned: ForgetAbandoned,
    private readonly watchPaidTenants: WatchPaidTenants,
    private readonly log: Log,
  ) {}

  @OnSchedule({ name: 'watch-paid-tenants', cron: '* * * * *' })
  async watch(run: JobRun): Promise<void> {
    const { delayed, abandoned, insisted } = await run.commit(() => this.watchPaidTenants.run());
    if (delayed + abandoned + insisted > 0)
      this.log.error('Paid tenants are past a deadline.', { delayed, abandoned, insisted });
  }

  @OnSchedule({ name: 'signup-janitor', cron: '23 * * * *' })
  async sweep(run: JobRun): Promise<void> {
    await run.commit(async () => {
      const closed = await this.closeAbandoned.run();
      const forgotten = await this.forgetAbandoned.run();
      await this.limits.removeFinished();
      const expiredBefore = new Date(this.clock.nowMs() - keepExpiredMs).toISOString();
      await sql('delete from session where expires_at < $1', [expiredBefore]);
      await sql('delete from verification where expires_at < $1', [expiredBefore]);
      await sql('delete from password_reset where expires_at < $1', [expiredBefore]);
      const trailBefore = new Date(this.clock.nowMs() - keepTrailMs).toISOString();
      await sql('delete from signup_audit where at < $1', [trailBefore]);
      if (closed + forgotten > 0) this.log.info('Abandoned signups were closed or forgotten.', { closed, forgotten });
    });
  }
}
