import { Injectable } from '@nestjs/common';
import { deadLetters } from '../observability/metrics.js';
import type { Door } from '../persistence/door.js';
import { sql } from '../persistence/transaction.js';
import type { Clock } from '../time/clock.js';
import { isEventId, knownType, laneOf, type RawMessage } from './fact.js';

interface Row {
  subject: string;
  headers: Record<string, string>;
  body: string;
  stream: string;
  stream_seq: string;
}

/** Handles a message like any other; `inCommit` runs in the same transaction, before the handler. */
type Handle = (message: RawMessage, inCommit: () => Promise<void>) => Promise<void>;

/**
 * Events a service could not handle, with the reason. They are kept in the service's own database, because after the
 * last try the stream moves on. What operators do with them is in the room `operator`.
 */
@Injectable()
export class DeadLetters {
  private handle: Handle | undefined;

  constructor(
    private readonly service: string,
    private readonly door: Door,
    private readonly clock: Clock,
  ) {}

  /** The room's own way in, so that a redriven event is treated like any other. */
  handleWith(handle: Handle): void {
    this.handle = handle;
  }

  async bury(message: RawMessage, tries: number, reason: string): Promise<void> {
    const { headers, subject } = message;
    const id = headers['ce-id'];
    await this.door.commit('dead-letter', () =>
      sql(
        `insert into kit.dead_letter (event_id, stream, stream_seq, subject, type, tenant_id, headers, body, reason, tries, dead_at)
         values ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9, $10, $11)
         on conflict (event_id) do update set reason = excluded.reason, tries = excluded.tries, dead_at = excluded.dead_at, redriven_at = null`,
        [
          // What is no id may be anything, and the same for two of them.
          isEventId(id) ? id : `${message.stream}:${message.streamSeq}`,
          message.stream,
          message.streamSeq,
          storable(subject),
          storable(headers['ce-type'] ?? 'unknown'),
          storable(laneOf(subject)),
          // Before it is JSON, which writes a NUL as an escape that jsonb refuses.
          JSON.stringify(Object.fromEntries(Object.entries(headers).map((header) => header.map(storable)))),
          storable(message.body),
          storable(reason.slice(0, 2_000)),
          tries,
          this.clock.nowIso(),
        ],
      ),
    );
    deadLetters.inc({ service: this.service, type: knownType(headers) });
  }

  /**
   * Handles the letter's event once more. `inCommit` is part of the same commit, so the letter is settled if and only
   * if its event has its effect; what it throws, or the handler, leaves everything as it was.
   */
  async handleAgain(id: string, inCommit: () => Promise<void>): Promise<void> {
    const [row] = await this.door.read('dead-letter', () =>
      sql<Row>('select subject, headers, body, stream, stream_seq from kit.dead_letter where id = $1', [id]),
    );
    if (!row || !this.handle) throw new Error(`Dead letter ${id} cannot be handled.`);
    await this.handle({ ...row, streamSeq: Number(row.stream_seq) }, inCommit);
  }
}

/** PostgreSQL takes no NUL, and a letter that cannot be written would hold up its tenant for ever. */
function storable(text: string): string {
  return text.replaceAll('\0', '\uFFFD');
}
