import type pg from 'pg';
import { streamOf, type Owner } from '@latchkey/contracts';
import type { Log } from '../observability/logger.js';
import { outboxRefillLeft, outboxRefills } from '../observability/metrics.js';
import { keptSince } from '../persistence/outbox.js';
import type { Clock } from '../time/clock.js';
import type { Bus } from './bus.js';
import type { OutboxRow } from './relay.js';
import { ensureStream } from './streams.js';

/** How long a lost stream can go unnoticed when nothing is published; a reconnection and a failure are looked into at once. */
const lookMs = 10_000;
const lookTimeoutMs = 2_000;
const tellMs = 10_000;

interface Position {
  created: string;
  lastSeq: number;
  /** Set while kept facts are being published again: up to `until`, after (`tenant`, `seq`). */
  refill: { until: string; tenant: string; seq: string; left: number; done: number; startedMs: number } | undefined;
}

const kept = `from kit.outbox where (tenant_id, seq) > ($1, $2::bigint) and seq <= $3::bigint and (occurred_at >= $4 or published_at is null)`;
const readKept = {
  name: 'read-kept',
  text: `select seq, id, tenant_id, subject, data, headers ${kept} order by tenant_id, seq limit $5`,
};
const markRefilled = {
  name: 'mark-refilled',
  text: `update kit.stream set refill_tenant = $2, refill_seq = $3 where created = $1`,
};

/**
 * The outboxes are the truth and the streams a copy (DESIGN rule 5). The relay remembers which stream it published to
 * and how far. When it meets another one (NATS was wiped, the stream deleted) or one that was put back (an older backup, a
 * lost tail), all kept facts are published again before any new one, so a tenant's facts keep their order; the inboxes
 * recognise what was handled. Where it stands is in the database: a crash in the middle repeats one batch.
 */
export class Refill {
  private position: Position | undefined;
  private nextLookMs = 0;
  private nextTellMs = 0;
  /** An acknowledgement carried a number the stream had given out before: it was put back under our hands. */
  private rewound = false;

  constructor(
    private readonly owner: Owner,
    private readonly bus: Bus,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  get isDue(): boolean {
    return performance.now() >= this.nextLookMs;
  }

  get isRunning(): boolean {
    return this.position?.refill !== undefined;
  }

  get wasRewound(): boolean {
    return this.rewound;
  }

  /** For whoever leads from now on: another replica may have gone on in between. */
  forget(): void {
    this.position = undefined;
    this.lookSoon();
  }

  lookSoon(): void {
    this.nextLookMs = 0;
  }

  /**
   * Makes the stream if it is missing and compares it with the remembered one. False when NATS does not answer: nothing
   * may be published then, because nobody knows where it would go.
   */
  async look(client: pg.Client): Promise<boolean> {
    let info;
    try {
      const manager = await this.bus.manager(lookTimeoutMs);
      info = this.bus.isKept
        ? await manager.streams.info(streamOf(this.owner))
        : await ensureStream(manager, this.owner, this.bus.replicas);
    } catch (error) {
      this.log.warn('The stream is not answering; looking again shortly.', { err: error });
      return false;
    }
    const position = (this.position ??= await this.load(client));
    let reason: string | undefined;
    if (!position) reason = 'unknown';
    else if (position.created !== info.created) reason = 'replaced';
    else if (this.rewound || info.state.last_seq < position.lastSeq) reason = 'rewound';
    if (reason) await this.begin(client, reason, info.created, info.state.last_seq);
    this.rewound = false;
    this.nextLookMs = performance.now() + lookMs;
    return true;
  }

  /** Every acknowledgement comes by here. */
  acknowledged({ seq, duplicate }: { seq: number; duplicate: boolean }): void {
    if (!duplicate && this.position && seq <= this.position.lastSeq) this.rewound = true;
  }

  /** The identity and the last number that go into the database with the rows they are true for. */
  reached(seq: number): { created: string; lastSeq: number } {
    const { position } = this;
    if (!position) throw new Error('Facts were published before the stream was looked at.');
    position.lastSeq = Math.max(position.lastSeq, seq);
    return { created: position.created, lastSeq: position.lastSeq };
  }

  /** The next kept facts; none when the refill is complete. */
  async read(client: pg.Client, limit: number): Promise<OutboxRow[]> {
    const refill = this.position?.refill;
    if (!refill) return [];
    const { rows } = await client.query<OutboxRow>({
      ...readKept,
      values: [refill.tenant, refill.seq, refill.until, keptSince(this.clock.now()), limit],
    });
    return rows;
  }

  /** After a batch was acknowledged as a whole; an empty one ends the refill. */
  async advance(client: pg.Client, rows: OutboxRow[]): Promise<void> {
    const { position } = this;
    if (!position?.refill) return;
    const { refill } = position;
    const last = rows.at(-1);
    if (!last) {
      await client.query(`update kit.stream set refill_until = null where created = $1`, [position.created]);
      position.refill = undefined;
      outboxRefillLeft.set({ service: this.owner }, 0);
      const seconds = Math.round((performance.now() - refill.startedMs) / 100) / 10;
      this.log.info('The stream is full again.', { facts: refill.done, seconds });
      return;
    }
    await client.query({ ...markRefilled, values: [position.created, last.tenant_id, last.seq] });
    refill.tenant = last.tenant_id;
    refill.seq = last.seq;
    refill.done += rows.length;
    refill.left = Math.max(0, refill.left - rows.length);
    this.tell(refill.left);
  }

  private async begin(client: pg.Client, reason: string, created: string, lastSeq: number): Promise<void> {
    await client.query(
      `insert into kit.stream (name, created, last_seq, refill_until)
       values ($1, $2, $3, (select max(seq) from kit.outbox where published_at is not null))
       on conflict (name) do update set created = excluded.created, last_seq = excluded.last_seq,
         refill_until = excluded.refill_until, refill_tenant = '', refill_seq = 0`,
      [streamOf(this.owner), created, lastSeq],
    );
    this.position = await this.load(client);
    const facts = this.position?.refill?.left ?? 0;
    if (facts === 0) return;
    outboxRefills.inc({ service: this.owner, reason });
    this.log.warn('This is not the stream that facts were published to: all kept ones are published again.', {
      reason,
      facts,
    });
  }

  private async load(client: pg.Client): Promise<Position | undefined> {
    const { rows } = await client.query<{
      created: string;
      last_seq: string;
      refill_until: string | null;
      refill_tenant: string;
      refill_seq: string;
    }>(`select * from kit.stream where name = $1`, [streamOf(this.owner)]);
    const [row] = rows;
    if (!row) return undefined;
    const position: Position = { created: row.created, lastSeq: Number(row.last_seq), refill: undefined };
    if (row.refill_until === null) return position;
    const place = [row.refill_tenant, row.refill_seq, row.refill_until, keptSince(this.clock.now())];
    const counted = await client.query<{ left: number }>(`select count(*)::int as left ${kept}`, place);
    const left = counted.rows[0]?.left ?? 0;
    position.refill = {
      until: row.refill_until,
      tenant: row.refill_tenant,
      seq: row.refill_seq,
      left,
      done: 0,
      startedMs: performance.now(),
    };
    this.nextTellMs = performance.now() + tellMs;
    outboxRefillLeft.set({ service: this.owner }, left);
    return position;
  }

  private tell(left: number): void {
    outboxRefillLeft.set({ service: this.owner }, left);
    if (performance.now() < this.nextTellMs) return;
    this.nextTellMs = performance.now() + tellMs;
    this.log.info('The stream is being filled again.', { left });
  }
}
