import { Injectable } from '@nestjs/common';
import { headers as natsHeaders } from '@nats-io/transport-node';
import type { JetStreamClient } from '@nats-io/jetstream';
import type { MikroORM } from '@mikro-orm/postgresql';
import pg from 'pg';
import type { Owner } from '@latchkey/contracts';
import { crashPoint, declareCrashPoints } from '../crash/crash-point.js';
import type { Log } from '../observability/logger.js';
import { outboxLag, outboxPublished, relayLeader } from '../observability/metrics.js';
import { sessionBounds } from '../persistence/orm.js';
import { query } from '../persistence/transaction.js';
import type { Clock } from '../time/clock.js';
import { delay } from '../time/delay.js';
import { Wake } from '../time/wake.js';
import type { Bus } from './bus.js';
import { ensureStream } from './streams.js';

interface OutboxRow {
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
/** A request that was under way when the connection broke is never answered, so this bounds the pause after a restart. */
const publishTimeoutMs = 2_000;

/** Named, so that PostgreSQL keeps their plans. Both read the small index of what is not published yet, however long the outbox is. */
const readUnpublished = {
  name: 'read-unpublished',
  text: `select seq, id, tenant_id, subject, data, headers from kit.outbox where published_at is null order by seq limit $1`,
};
const markPublished = {
  name: 'mark-published',
  text: `update kit.outbox set published_at = now() where published_at is null and seq = any($1::bigint[])`,
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

  constructor(
    private readonly owner: Owner,
    private readonly databaseUrl: string,
    private readonly orm: MikroORM,
    private readonly bus: Bus,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  start(): void {
    this.loop = this.run();
    void this.bus.ready.then((connection) =>
      connection.subscribe(this.wakeSubject, { callback: () => this.wake.ring() }),
    );
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

  async countUnpublished(): Promise<number> {
    const [row] = await query<{ count: number }>(
      this.orm.em.fork(),
      `select count(*)::int as count from kit.outbox where published_at is null`,
    );
    return row?.count ?? 0;
  }

  private get wakeSubject(): string {
    return `latchkey.wake.${this.owner}.relay`;
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const lock = new pg.Client({
        connectionString: this.databaseUrl,
        connectionTimeoutMillis: 5_000,
        keepAlive: true,
        application_name: `${this.owner}-relay`,
        // The outbox has a partition per day, and planning a statement over all of them costs ten times its execution.
        options: `${sessionBounds} -c plan_cache_mode=force_generic_plan`,
      });
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
    await Promise.race([
      this.bus.ready,
      new Promise((resolve) => this.stopping.signal.addEventListener('abort', resolve)),
    ]);
    if (this.stopping.signal.aborted) return;
    const js = await this.bus.jetstream();
    await this.ensureOwnStream();
    while (!this.stopping.signal.aborted && !lost.aborted) {
      const published = await this.publishBatch(client, js);
      if (published < batchSize) await this.wake.wait(pollMs);
    }
    // What was committed up to now still goes out, if NATS is there: a drained service leaves an empty outbox.
    if (!lost.aborted) while ((await this.publishBatch(client, js)) > 0);
  }

  private async publishBatch(client: pg.Client, js: JetStreamClient): Promise<number> {
    const { rows } = await client.query<OutboxRow>({ ...readUnpublished, values: [batchSize] });
    this.measureLag(rows);
    if (rows.length === 0) return 0;
    const lanes = Map.groupBy(rows, (row) => row.tenant_id);
    const done: string[] = [];
    const failures: unknown[] = [];
    await Promise.all(
      [...lanes.values()].map(async (lane) => {
        try {
          for (const row of lane) {
            await this.publish(js, row);
            done.push(row.seq);
          }
        } catch (error) {
          failures.push(error);
        }
      }),
    );
    if (done.length > 0) {
      await client.query({ ...markPublished, values: [done] });
      crashPoint('relay', 'after-mark');
    }
    outboxPublished.inc({ service: this.owner }, done.length);
    if (failures.length > 0) {
      this.log.warn('Facts could not be published; trying again.', {
        waiting: rows.length - done.length,
        err: failures[0],
      });
      if (this.stopping.signal.aborted) return 0;
      await delay(500, this.stopping.signal);
      await this.ensureOwnStream().catch(() => undefined);
    }
    return done.length;
  }

  private async publish(js: JetStreamClient, row: OutboxRow): Promise<void> {
    const headers = natsHeaders();
    for (const [key, value] of Object.entries(row.headers)) headers.set(key, value);
    crashPoint('relay', 'before-publish');
    await js.publish(row.subject, JSON.stringify(row.data), { msgID: row.id, headers, timeout: publishTimeoutMs });
    crashPoint('relay', 'after-publish');
  }

  private async ensureOwnStream(): Promise<void> {
    await ensureStream(await this.bus.manager(), this.owner, this.bus.replicas);
  }

  private measureLag(rows: OutboxRow[]): void {
    const oldest = rows[0]?.headers['ce-time'];
    outboxLag.set({ service: this.owner }, oldest ? Math.max(0, (this.clock.nowMs() - Date.parse(oldest)) / 1_000) : 0);
  }
}
