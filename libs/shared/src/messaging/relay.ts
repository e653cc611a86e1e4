import { Injectable } from '@nestjs/common';
import { headers as natsHeaders } from '@nats-io/transport-node';
import type { JetStreamClient } from '@nats-io/jetstream';
import type { MikroORM } from '@mikro-orm/postgresql';
import pg from 'pg';
import type { Owner } from '@latchkey/contracts';
import { crashPoint, declareCrashPoints } from '../crash/crash-point.js';
import type { Log } from '../observability/logger.js';
import { outboxPublished, relayLeader } from '../observability/metrics.js';
import { endWhenSilent } from '../persistence/end-when-silent.js';
import { sessionBounds } from '../persistence/orm.js';
import { query } from '../persistence/transaction.js';
import type { Clock } from '../time/clock.js';
import { delay } from '../time/delay.js';
import { Wake } from '../time/wake.js';
import type { Bus } from './bus.js';
import { Refill } from './refill.js';

export interface OutboxRow {
  seq: string;
  id: string;
  tenant_id: string;
  subject: string;
  data: unknown;
  headers: Record<string, string>;
}

declareCrashPoints('relay', '', 'before-publish', 'after-publish', 'after-mark');

const batchSize = 256;
/** The guarantee when a wake-up is missed: nothing waits longer than this while NATS is there. */
const pollMs = 500;
const leaderRetryMs = 2_000;
/** A leader that NATS is away for so long lets go: another replica may reach it. Longer than a restart of NATS usually takes. */
const withoutBusMaxMs = 5_000;
const retryMs = 500;
/** A request that was under way when the connection broke is never answered, so this bounds the pause after a restart. */
const publishTimeoutMs = 2_000;

/** Named, so that PostgreSQL keeps their plans. Both read the small index of what is not published yet, however long the outbox is. */
const readUnpublished = {
  name: 'read-unpublished',
  text: `select seq, id, tenant_id, subject, data, headers from kit.outbox where published_at is null order by seq limit $1`,
};
const markPublished = {
  name: 'mark-published',
  text: `with marked as (update kit.outbox set published_at = now() where published_at is null and seq = any($1::bigint[]))
    update kit.stream set last_seq = greatest(last_seq, $3) where created = $2`,
};

/**
 * Carries committed facts to the bus, in order, for ever. One replica leads, by an advisory lock on a connection of its
 * own: two relays could overtake each other. Tenants are published side by side, the facts of one tenant one by one.
 * A crash after publishing and before marking repeats messages; `Nats-Msg-Id` and the inboxes absorb that.
 */
@Injectable()
export class Relay {
  private readonly wake = new Wake();
  private readonly stopping = new AbortController();
  private leading = false;
  private loop: Promise<void> = Promise.resolve();
  private readonly refill: Refill;
  private reconnections = 0;

  constructor(
    private readonly owner: Owner,
    private readonly databaseUrl: string,
    private readonly orm: MikroORM,
    private readonly bus: Bus,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    this.refill = new Refill(owner, bus, clock, log);
  }

  start(): void {
    this.loop = this.run();
    this.bus.onReconnect(() => {
      this.reconnections++;
      this.refill.lookSoon();
      this.wake.ring();
    });
    void this.bus.ready.then((connection) => {
      connection.subscribe(this.wakeSubject, { callback: () => this.wake.ring() });
      this.wake.ring();
    });
  }

  /** Called after each commit that recorded a fact. If another replica leads, it hears about it over core NATS. */
  ring(): void {
    if (this.leading) this.wake.ring();
    else this.bus.publishHint(this.wakeSubject);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.wake.ring();
    await this.loop;
  }

  /** True while the loop runs; readiness looks at it. */
  get isAlive(): boolean {
    return !this.stopping.signal.aborted;
  }

  /** Facts that wait for the bus; a refill under way counts as one more. */
  async countUnpublished(): Promise<number> {
    const [row] = await query<{ count: number }>(
      this.orm.em.fork(),
      `select (select count(*) from kit.outbox where published_at is null)::int
        + (select count(*) from kit.stream where refill_until is not null)::int as count`,
    );
    return row?.count ?? 0;
  }

  private get wakeSubject(): string {
    return `latchkey.wake.${this.owner}.relay`;
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      // The lead is of no use to it, and would be kept from replicas that NATS is there for.
      if (!this.bus.isConnected) {
        await delay(100, this.stopping.signal);
        continue;
      }
      const lock = new pg.Client({
        connectionString: this.databaseUrl,
        connectionTimeoutMillis: 5_000,
        keepAlive: true,
        application_name: `${this.owner}-relay`,
        // The outbox has a partition per day, and planning a statement over all of them costs ten times its execution.
        options: `${sessionBounds} -c plan_cache_mode=force_generic_plan`,
      });
      endWhenSilent(lock);
      const lost = new AbortController();
      lock.on('error', () => lost.abort());
      lock.on('end', () => lost.abort());
      try {
        await lock.connect();
        const { rows } = await lock.query<{ leads: boolean }>(
          `select pg_try_advisory_lock(hashtext('latchkey.relay')) as leads`,
        );
        if (rows[0]?.leads) await this.lead(lock, lost.signal);
      } catch (error) {
        if (!this.stopping.signal.aborted)
          this.log.warn('The relay lost its footing and starts again.', { err: error });
      } finally {
        this.leading = false;
        relayLeader.set({ service: this.owner }, 0);
        await lock.end().catch(() => undefined);
      }
      await delay(leaderRetryMs, this.stopping.signal);
    }
  }

  private async lead(client: pg.Client, lost: AbortSignal): Promise<void> {
    this.leading = true;
    relayLeader.set({ service: this.owner }, 1);
    this.refill.forget();
    let connectedMs = performance.now();
    while (!this.stopping.signal.aborted && !lost.aborted) {
      if (this.bus.isConnected) connectedMs = performance.now();
      else if (performance.now() - connectedMs > withoutBusMaxMs) {
        this.log.warn('NATS is away; another replica may lead.');
        return;
      }
      const published = await this.publishNext(client);
      if (published < batchSize && !this.refill.isRunning) await this.wake.wait(pollMs);
    }
    // What was committed up to now still goes out, if NATS is there: a drained service leaves an empty outbox. A refill
    // is left to the next leader.
    while (!lost.aborted && !this.refill.isRunning) if ((await this.publishNext(client)) === 0) break;
  }

  /** One batch: of what has to be published again, or else of what is new. Answers how many facts reached the bus. */
  private async publishNext(client: pg.Client): Promise<number> {
    const isOpen = this.bus.isConnected && (!this.refill.isDue || (await this.refill.look(client)));
    const again = this.refill.isRunning;
    const unpublished = await client.query<OutboxRow>({
      ...readUnpublished,
      values: [isOpen && !again ? batchSize : 1],
    });
    if (!isOpen) {
      // New facts pause until the next wake-up; a refill has none to wait for.
      if (again) await delay(retryMs, this.stopping.signal);
      return 0;
    }
    const rows = again ? await this.refill.read(client, batchSize) : unpublished.rows;
    const done = await this.publishBatch(client, rows);
    if (again && done === rows.length) await this.refill.advance(client, rows);
    return done;
  }

  private async publishBatch(client: pg.Client, rows: OutboxRow[]): Promise<number> {
    if (rows.length === 0) return 0;
    const js = await this.bus.jetstream();
    const lanes = Map.groupBy(rows, (row) => row.tenant_id);
    const done: string[] = [];
    const failures: unknown[] = [];
    const { reconnections } = this;
    let lastSeq = 0;
    await Promise.all(
      [...lanes.values()].map(async (lane) => {
        try {
          for (const row of lane) {
            lastSeq = Math.max(lastSeq, await this.publish(js, row));
            done.push(row.seq);
          }
        } catch (error) {
          failures.push(error);
        }
      }),
    );
    if (failures.length > 0) {
      this.log.warn('Facts could not be published; trying again.', {
        waiting: rows.length - done.length,
        err: failures[0],
      });
      this.refill.lookSoon();
    }
    // The server that acknowledged the first of them may not be the one that is there now: all of them once more.
    if (this.refill.wasRewound || this.reconnections !== reconnections) {
      this.refill.lookSoon();
      return 0;
    }
    if (done.length > 0) {
      const { created, lastSeq: reached } = this.refill.reached(lastSeq);
      await client.query({ ...markPublished, values: [done, created, reached] });
      crashPoint('relay', 'after-mark');
      outboxPublished.inc({ service: this.owner }, done.length);
    }
    if (failures.length > 0) await delay(retryMs, this.stopping.signal);
    return done.length;
  }

  private async publish(js: JetStreamClient, row: OutboxRow): Promise<number> {
    const headers = natsHeaders();
    for (const [key, value] of Object.entries(row.headers)) headers.set(key, value);
    const body = JSON.stringify(row.data);
    crashPoint('relay', 'before-publish');
    const ack = await js.publish(row.subject, body, { msgID: row.id, headers, timeout: publishTimeoutMs });
    crashPoint('relay', 'after-publish');
    this.refill.acknowledged(ack);
    return ack.seq;
  }
}
