import { QuotaExceeded } from '@latchkey/contracts';
import { counter } from '@latchkey/shared/observability';
import { record, sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { Injectable } from '@nestjs/common';
import { periodMs } from './quota-period.entity.js';

export type QuotaKind = 'queries' | 'documents' | 'api_keys';

export type Reserved = { state: 'reserved'; periodStart: Date };
export type TooFast = { state: 'too_fast'; retryAfterSeconds: number };
export type Exceeded = { state: 'exceeded'; limit: number; retryAfterSeconds: number };

interface PeriodRow {
  used: number;
  limit: number;
  minute_started_at: string;
  period_end: string;
}

const exceededColumn = {
  queries: 'queries_exceeded_at',
  documents: 'documents_exceeded_at',
  api_keys: 'api_keys_exceeded_at',
} as const satisfies Record<QuotaKind, string>;

const refusals = counter('workspace_quota_refusals_total', 'Requests refused by a limit of the plan.', ['quota']);

const currentPeriod = `q.tenant_id = $1 and q.period_start <= $2 and q.period_end > $2`;
const minuteIsOver = `q.minute_started_at <= $2::timestamptz - interval '60 seconds'`;
const takeMinuteSlot = `minute_started_at = case when ${minuteIsOver} then $2 else q.minute_started_at end,
  minute_used = case when ${minuteIsOver} then 1 else q.minute_used + 1 end`;
const minuteHasRoom = `(${minuteIsOver} or q.minute_used < r.queries_per_minute_max)`;

/**
 * The plan's limits, each decided by one atomic statement (FEATURES lesson 24): reserve, work, then settle or give
 * back. Everything here runs inside the caller's door.
 */
@Injectable()
export class Quota {
  constructor(private readonly clock: Clock) {}

  /** Takes one question of the period, and one request of the minute. */
  async reserveQuery(tenantId: string): Promise<Reserved | Exceeded | TooFast> {
    const take = `update quota_period q set queries_used = q.queries_used + 1, ${takeMinuteSlot}
      from runtime r where ${currentPeriod} and r.tenant_id = q.tenant_id
      and q.queries_used < r.queries_per_month_max and ${minuteHasRoom} returning q.period_start`;
    const reserved = await this.take(tenantId, take);
    if (reserved) return reserved;
    const period = await this.readPeriod(tenantId);
    if (!period || period.used < period.limit) return this.tooFast(period);
    await this.tellExceeded(tenantId, 'queries', period.limit);
    const retryAfterSeconds = this.secondsUntil(Date.parse(period.period_end));
    return { state: 'exceeded', limit: period.limit, retryAfterSeconds };
  }

  /** Uploads cost more than questions, so they count against the same requests per minute. */
  async takeUploadSlot(tenantId: string): Promise<Reserved | TooFast> {
    const take = `update quota_period q set ${takeMinuteSlot}
      from runtime r where ${currentPeriod} and r.tenant_id = q.tenant_id and ${minuteHasRoom} returning q.period_start`;
    return (await this.take(tenantId, take)) ?? this.tooFast(await this.readPeriod(tenantId));
  }

  /** Counts what a finished question or document cost. */
  async settleTokens(tenantId: string, tokens: { embedding: number; llm: number }): Promise<void> {
    await sql(
      `update quota_period q set embedding_tokens_used = q.embedding_tokens_used + $3,
         llm_tokens_used = q.llm_tokens_used + $4 where ${currentPeriod}`,
      [tenantId, this.clock.now(), tokens.embedding, tokens.llm],
    );
  }

  /** Returns a question that got no answer, to the period it was taken from. */
  async giveBackQuery(tenantId: string, periodStart: Date): Promise<void> {
    await sql(
      `update quota_period set queries_used = greatest(queries_used - 1, 0) where tenant_id = $1 and period_start = $2`,
      [tenantId, periodStart],
    );
  }

  /** Takes one of the plan's documents; a document holds its place until it is rejected or deleted. */
  async reserveDocument(tenantId: string): Promise<{ state: 'reserved' } | { state: 'exceeded'; limit: number }> {
    const reserved = await sql(
      `update runtime set documents_used = documents_used + 1
       where tenant_id = $1 and documents_used < documents_max returning tenant_id`,
      [tenantId],
    );
    if (reserved.length > 0) return { state: 'reserved' };
    const [runtime] = await sql<{ documents_max: number }>('select documents_max from runtime where tenant_id = $1', [
      tenantId,
    ]);
    const limit = runtime?.documents_max ?? 0;
    await this.tellExceeded(tenantId, 'documents', limit);
    return { state: 'exceeded', limit };
  }

  async giveBackDocument(tenantId: string): Promise<void> {
    await sql('update runtime set documents_used = greatest(documents_used - 1, 0) where tenant_id = $1', [tenantId]);
  }

  /** Counts a refusal, and records QuotaExceeded the first time in the period: the moment to offer the next plan (S5). */
  async tellExceeded(tenantId: string, quota: QuotaKind, limit: number): Promise<void> {
    refusals.inc({ quota });
    await this.beginPeriod(tenantId);
    const first = await sql(
      `update quota_period q set ${exceededColumn[quota]} = $2
       where ${currentPeriod} and ${exceededColumn[quota]} is null returning q.tenant_id`,
      [tenantId, this.clock.now()],
    );
    if (first.length > 0) record(QuotaExceeded, tenantId, { quota, limit });
  }

  private async take(tenantId: string, statement: string): Promise<Reserved | undefined> {
    const now = this.clock.now();
    for (const tries of [1, 2]) {
      if (tries === 2) await this.beginPeriod(tenantId);
      const [taken] = await sql<{ period_start: string }>(statement, [tenantId, now]);
      if (taken) return { state: 'reserved', periodStart: new Date(taken.period_start) };
    }
    return undefined;
  }

  /** Begins the period that now falls into, unless it has begun. Periods follow each other from the opening on. */
  private async beginPeriod(tenantId: string): Promise<void> {
    const seconds = periodMs / 1_000;
    await sql(
      `insert into quota_period (tenant_id, period_start, period_end, minute_started_at)
       select tenant_id, opened_at + make_interval(secs => n * ${seconds}),
              opened_at + make_interval(secs => (n + 1) * ${seconds}), $2::timestamptz
       from runtime, lateral (
         select greatest(0, floor(extract(epoch from $2::timestamptz - opened_at) / ${seconds})) as n) as period
       where tenant_id = $1 on conflict do nothing`,
      [tenantId, this.clock.now()],
    );
  }

  private async readPeriod(tenantId: string): Promise<PeriodRow | undefined> {
    // Instants come from plain SQL as PostgreSQL's text.
    const [row] = await sql<PeriodRow>(
      `select q.queries_used as used, r.queries_per_month_max as limit, q.minute_started_at, q.period_end
       from quota_period q join runtime r on r.tenant_id = q.tenant_id where ${currentPeriod}`,
      [tenantId, this.clock.now()],
    );
    return row;
  }

  private tooFast(period: PeriodRow | undefined): TooFast {
    refusals.inc({ quota: 'requests_per_minute' });
    const minuteEndsMs = period ? Date.parse(period.minute_started_at) + 60_000 : 0;
    return { state: 'too_fast', retryAfterSeconds: this.secondsUntil(minuteEndsMs) };
  }

  private secondsUntil(ms: number): number {
    return Math.max(1, Math.ceil((ms - this.clock.nowMs()) / 1_000));
  }
}
