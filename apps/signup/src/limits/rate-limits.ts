import { hmacSha256 } from '@latchkey/shared/crypto';
import { sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';

export interface Limit {
  /** Becomes part of the stored key, so renaming one resets it. */
  name: string;
  max: number;
  windowMs: number;
}

/**
 * Limits that hold over all replicas, because PostgreSQL counts. A window starts with the first use and its end is
 * told to whoever is refused (FEATURES lesson 18). What is counted is hashed with a key: no addresses in the table.
 */
@Injectable()
export class RateLimits {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  /** Seconds until the limit opens again, or null while there is room. Counts nothing; use inside a door. */
  async refusedFor(limit: Limit, subject: string): Promise<number | null> {
    const [row] = await sql<{ seconds: number }>(
      `select greatest(1, ceil(extract(epoch from window_ends_at - $3::timestamptz)))::int as seconds
       from rate_counter where key = $1 and used >= $2 and window_ends_at > $3`,
      [this.key(limit, subject), limit.max, this.clock.nowIso()],
    );
    return row?.seconds ?? null;
  }

  /**
   * Counts one use, unless the limit is reached: then nothing changes and the seconds to wait come back. The row lock
   * is held until the commit, so no two replicas can both take the last place; a rollback gives the place back.
   */
  async take(limit: Limit, subject: string): Promise<number | null> {
    const now = this.clock.now();
    const [row] = await sql(
      `insert into rate_counter as c (key, used, window_ends_at) values ($1, 1, $2)
       on conflict (key) do update set
         used = case when c.window_ends_at <= $3 then 1 else c.used + 1 end,
         window_ends_at = case when c.window_ends_at <= $3 then excluded.window_ends_at else c.window_ends_at end
       where c.window_ends_at <= $3 or c.used < $4
       returning used`,
      [this.key(limit, subject), new Date(now.getTime() + limit.windowMs).toISOString(), now.toISOString(), limit.max],
    );
    return row ? null : ((await this.refusedFor(limit, subject)) ?? 1);
  }

  /** Forgets what was counted, as a right password forgets the wrong ones before it. */
  async forget(limit: Limit, subject: string): Promise<void> {
    await sql('delete from rate_counter where key = $1', [this.key(limit, subject)]);
  }

  /** Rows of windows that are over; called by the janitor. */
  async removeFinished(): Promise<void> {
    await sql('delete from rate_counter where window_ends_at < $1', [this.clock.nowIso()]);
  }

  private key(limit: Limit, subject: string): string {
    const hash = hmacSha256(this.config.VERIFICATION_SECRET, `limit:${subject}`).toString('base64url');
    return `${limit.name}:${hash}`;
  }
}
