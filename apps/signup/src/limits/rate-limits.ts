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

/** Who or what is counted under a limit. */
export type Use = readonly [limit: Limit, subject: string];

export interface Refusal {
  limit: Limit;
  /** Until the limit opens again. */
  seconds: number;
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

  /** The first of the limits, in the order given, that has no room; null while all have. Counts nothing; use inside a door. */
  async refusedFor(...uses: Use[]): Promise<Refusal | null> {
    const keys = uses.map((use) => this.key(use));
    const rows = await sql<{ key: string; seconds: number }>(
      `select key, greatest(1, ceil(extract(epoch from window_ends_at - $3::timestamptz)))::int as seconds
       from rate_counter join unnest($1::text[], $2::int[]) as u (key, max) using (key)
       where used >= max and window_ends_at > $3`,
      [keys, uses.map(([{ max }]) => max), this.clock.nowIso()],
    );
    const seconds = new Map(rows.map((row) => [row.key, row.seconds]));
    const first = keys.findIndex((key) => seconds.has(key));
    return first < 0 ? null : { limit: uses[first]![0], seconds: seconds.get(keys[first]!)! };
  }

  /**
   * Counts one use of each limit that has room; the first that has none comes back. Row locks are held until the commit,
   * so no two replicas can both take the last place, and are taken in one order; a rollback gives the places back.
   */
  async take(...uses: Use[]): Promise<Refusal | null> {
    const now = this.clock.now();
    const rows = await sql(
      `with u as (select * from unnest($1::text[], $2::timestamptz[], $3::int[]) as u (key, ends_at, max))
       insert into rate_counter as c (key, used, window_ends_at) select key, 1, ends_at from u order by key
       on conflict (key) do update set
         used = case when c.window_ends_at <= $4 then 1 else c.used + 1 end,
         window_ends_at = case when c.window_ends_at <= $4 then excluded.window_ends_at else c.window_ends_at end
       where c.window_ends_at <= $4 or c.used < (select max from u where u.key = c.key)
       returning used`,
      [
        uses.map((use) => this.key(use)),
        uses.map(([{ windowMs }]) => new Date(now.getTime() + windowMs).toISOString()),
        uses.map(([{ max }]) => max),
        now.toISOString(),
      ],
    );
    if (rows.length === uses.length) return null;
    return (await this.refusedFor(...uses)) ?? { limit: uses[0]![0], seconds: 1 };
  }

  /** Forgets what was counted, as a right password forgets the wrong ones before it. */
  async forget(limit: Limit, subject: string): Promise<void> {
    await sql('delete from rate_counter where key = $1', [this.key([limit, subject])]);
  }

  /** Rows of windows that are over; called by the janitor. */
  async removeFinished(): Promise<void> {
    await sql('delete from rate_counter where window_ends_at < $1', [this.clock.nowIso()]);
  }

  private key([limit, subject]: Use): string {
    const hash = hmacSha256(this.config.VERIFICATION_SECRET, `limit:${subject}`).toString('base64url');
    return `${limit.name}:${hash}`;
  }
}
