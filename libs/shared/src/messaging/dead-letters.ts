import { Injectable } from '@nestjs/common';
import { ProblemError } from '../errors/problem-error.js';
import { deadLetters } from '../observability/metrics.js';
import type { Door } from '../persistence/door.js';
import { sql } from '../persistence/transaction.js';
import type { Clock } from '../time/clock.js';
import { laneOf, type RawMessage } from './fact.js';

export interface DeadLetter {
  id: string;
  event_id: string;
  type: string;
  tenant_id: string;
  subject: string;
  reason: string;
  tries: number;
  /** Instants as PostgreSQL writes them. */
  dead_at: string;
  redriven_at: string | null;
}

type Row = DeadLetter & { headers: Record<string, string>; body: string; stream: string; stream_seq: string };

/**
 * Events a service could not handle, with the reason. They are kept in the service's own database, because after the
 * last try the stream moves on. Redriving twice is harmless: the inbox recognises the event.
 */
@Injectable()
export class DeadLetters {
  private handle: ((message: RawMessage) => Promise<void>) | undefined;

  constructor(
    private readonly service: string,
    private readonly door: Door,
    private readonly clock: Clock,
  ) {}

  /** The room's own way in, so that a redriven event is treated like any other. */
  handleWith(handle: (message: RawMessage) => Promise<void>): void {
    this.handle = handle;
  }

  async bury(message: RawMessage, tries: number, reason: string): Promise<void> {
    const { headers } = message;
    const type = headers['ce-type'] ?? 'unknown';
    await this.door.commit('dead-letter', () =>
      sql(
        `insert into kit.dead_letter (event_id, stream, stream_seq, subject, type, tenant_id, headers, body, reason, tries, dead_at)
         values ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9, $10, $11)
         on conflict (event_id) do update set reason = excluded.reason, tries = excluded.tries, dead_at = excluded.dead_at, redriven_at = null`,
        [
          headers['ce-id'] ?? `${message.stream}:${message.streamSeq}`,
          message.stream,
          message.streamSeq,
          message.subject,
          type,
          laneOf(message.subject),
          JSON.stringify(headers),
          message.body,
          reason.slice(0, 2_000),
          tries,
          this.clock.nowIso(),
        ],
      ),
    );
    deadLetters.inc({ service: this.service, type });
  }

  /** The oldest first, at most `limit`; those redriven with success are left out. */
  async list(limit = 100): Promise<DeadLetter[]> {
    return this.door.read('dead-letters', () =>
      sql<DeadLetter>(
        `select id, event_id, type, tenant_id, subject, reason, tries, dead_at, redriven_at
         from kit.dead_letter where redriven_at is null order by id limit $1`,
        [limit],
      ),
    );
  }

  /** Handles a dead letter once more. Throws what the handler throws; the letter then stays. */
  async redrive(id: string): Promise<void> {
    const [row] = await this.door.read('dead-letter', () =>
      sql<Row>(`select * from kit.dead_letter where id = $1`, [id]),
    );
    if (!row) throw new ProblemError('dead_letter_not_found');
    if (!this.handle) throw new ProblemError('unavailable');
    await this.handle({
      subject: row.subject,
      headers: row.headers,
      body: row.body,
      stream: row.stream,
      streamSeq: Number(row.stream_seq),
    });
    await this.door.commit('dead-letter-redriven', () =>
      sql(`update kit.dead_letter set redriven_at = $2 where id = $1`, [id, this.clock.nowIso()]),
    );
  }
}
