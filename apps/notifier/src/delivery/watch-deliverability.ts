import { sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { Inject, Injectable } from '@nestjs/common';
import { RaiseAlert } from '../alerts/raise-alert.js';
import { CONFIG, type Config } from '../config.js';

/** F5: "alert if open rate <60% or bounce rate >3%". */
const openRateMin = 0.6;
const bounceRateMax = 0.03;
/** Below this many mails a rate proves nothing: one bounce at 3 AM must not read "100 %" (FEATURES section 5, trap 14). */
const sampleMin = 30;

const hourMs = 3_600_000;

const wasRead = `(opened_at is not null or clicked_at is not null)`;

interface Counts {
  sent: number;
  bounced: number;
  readable: number;
  read: number;
}

/**
 * Looks whether our mails still reach people. Bounces of a day over all mails; openings of the welcome mail over a week,
 * leaving out its last day (people need time) and mails that only a machine opened (they tell nothing, lesson 21).
 */
@Injectable()
export class WatchDeliverability {
  constructor(
    private readonly clock: Clock,
    private readonly raiseAlert: RaiseAlert,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async run(): Promise<void> {
    const counts = await this.count();
    if (counts.sent >= sampleMin && counts.bounced / counts.sent > bounceRateMax)
      await this.warn('bounce_rate_high', `${counts.bounced} of ${counts.sent} mails of the last day bounced.`);
    if (counts.readable >= sampleMin && counts.read / counts.readable < openRateMin)
      await this.warn('open_rate_low', `Only ${counts.read} of ${counts.readable} welcome mails were opened.`);
  }

  /** In an open door. */
  async count(): Promise<Counts> {
    const hoursAgo = (hours: number) => new Date(this.clock.nowMs() - hours * hourMs).toISOString();
    // Both spans have two ends, so that also a plan made for any values looks at the span and not at all mails.
    const [counts] = await sql<Counts>(
      `select * from
         (select count(*)::int as sent, count(bounced_at)::int as bounced
          from message where created_at between $1 and $2 and sent_at > $3) as day,
         (select count(*) filter (where machine_opened_at is null or ${wasRead})::int as readable,
            count(*) filter (where ${wasRead})::int as read
          from message where template = 'welcome' and created_at between $4 and $3
            and delivered_at is not null and sent_at <= $3) as week`,
      [hoursAgo(24 + this.config.EMAIL_GIVE_UP_MINUTES / 60), hoursAgo(0), hoursAgo(24), hoursAgo(24 * 8)],
    );
    if (!counts) throw new Error('count(*) gave no row');
    return counts;
  }

  private async warn(kind: string, text: string): Promise<void> {
    const dedupeKey = this.clock.nowIso().slice(0, 10);
    await this.raiseAlert.run({ kind, severity: 'warning', tenantId: null, text, dedupeKey });
  }
}
