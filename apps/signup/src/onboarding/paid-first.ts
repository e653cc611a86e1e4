import { ProblemError } from '@latchkey/shared/errors';
import { gauge, Log } from '@latchkey/shared/observability';
import { Door, sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { Pace, type PaidLately } from './pace.js';

/** How often one looks whether those who paid are served, while people sign up. */
const lookMs = 500;
/** Of those who can be late already: short, so that a cut is seen soon; long enough for some payments. Who waits longer waits for a vendor or an operator. */
const latelyMs = 2_500;
/** Nobody signs up: there is nothing to slow down. */
const quietMs = 10_000;

const pace = gauge('signup_pace_per_second', 'Signups that this replica would let in per second; it finds itself.');
const waiting = gauge('signup_waiting', 'Strangers who wait to be let in, because those who have paid come first.');

/**
 * Those who have paid come first. A launch day brings more strangers than the machines can provision; without a limit all of
 * them share the delay, those who paid too. So signups are let in as fast as paid tenants become active, and the rest
 * waits in line at the door, where waiting costs nothing.
 */
@Injectable()
export class PaidFirst implements OnModuleDestroy {
  private readonly pace: Pace;
  private timer: NodeJS.Timeout | undefined;
  private lastComerAtMs = 0;
  private looking: Promise<void> | undefined;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly door: Door,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    this.pace = new Pace(config.PAID_LATE_AFTER_MS + latelyMs);
  }

  /** Resolves when it is this stranger's turn; refuses with `unavailable` and when to come back if the line is too long. */
  async letIn(): Promise<void> {
    this.lastComerAtMs = performance.now();
    this.timer ??= setInterval(() => void this.look(), lookMs);
    const verdict = await this.pace.enter();
    if (verdict !== 'in') throw new ProblemError('unavailable', { retryAfterSeconds: verdict.retryAfterSeconds });
  }

  onModuleDestroy(): void {
    this.rest();
  }

  get perSecond(): number {
    return this.pace.perSecond;
  }

  /** Never fails, and never twice at a time: a database that does not answer must not be asked again and again meanwhile. */
  look(): Promise<void> {
    return (this.looking ??= this.adapt().finally(() => (this.looking = undefined)));
  }

  private async adapt(): Promise<void> {
    try {
      if (performance.now() - this.lastComerAtMs > quietMs && this.pace.waiting === 0) this.rest();
      else this.pace.adapt(await this.paidLately());
    } catch (error) {
      this.log.warn('It cannot be seen whether those who paid are served.', { err: error });
    }
    pace.set(this.pace.perSecond);
    waiting.set(this.pace.waiting);
  }

  private rest(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.pace.reset();
  }

  private async paidLately(): Promise<PaidLately> {
    const nowMs = this.clock.nowMs();
    const lateAfterMs = this.config.PAID_LATE_AFTER_MS;
    const [seen] = await this.door.read('paid-first', () =>
      sql<PaidLately>(
        `select count(*)::int as paid,
                (count(*) filter (where status = 'provisioning' or provisioned_at - cleared_at > $3::interval))::int as late
         from tenant where status in ('provisioning', 'active') and cleared_at between $1 and $2`,
        [
          new Date(nowMs - lateAfterMs - latelyMs).toISOString(),
          new Date(nowMs - lateAfterMs).toISOString(),
          `${lateAfterMs} ms`,
        ],
      ),
    );
    return seen!;
  }
}
