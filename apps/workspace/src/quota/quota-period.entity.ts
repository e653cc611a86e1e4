import { em, sql } from '@latchkey/shared/persistence';
import { defineEntity, p } from '@mikro-orm/core';

/** A quota counts for thirty days from the opening on (S4.3), then the next period begins. */
export const periodMs = 30 * 24 * 3_600_000;

const QuotaPeriodSchema = defineEntity({
  name: 'QuotaPeriod',
  tableName: 'quota_period',
  properties: {
    tenantId: p.text().primary(),
    periodStart: p.datetime().primary(),
    periodEnd: p.datetime(),
    /** Questions answered plus questions being answered: a question takes its place before it starts. */
    queriesUsed: p.integer().default(0),
    embeddingTokensUsed: p.bigint('number').defaultRaw('0'),
    llmTokensUsed: p.bigint('number').defaultRaw('0'),
    /** The running minute for the requests-per-minute limit. */
    minuteStartedAt: p.datetime(),
    minuteUsed: p.integer().default(0),
    /** When QuotaExceeded was told in this period, per kind: once is news, twice is noise. */
    queriesExceededAt: p.datetime().nullable(),
    documentsExceededAt: p.datetime().nullable(),
    apiKeysExceededAt: p.datetime().nullable(),
  },
});

/** What a tenant used in one period. Counted by the atomic statements in quota.ts, which all replicas share. */
export class QuotaPeriod extends QuotaPeriodSchema.class {
  /** What ran before a closing ends with the next opening. */
  static async endAll(tenantId: string, openedAt: Date): Promise<void> {
    await sql('update quota_period set period_end = $2 where tenant_id = $1 and period_end > $2', [tenantId, openedAt]);
  }

  /** The first period since an opening; later ones follow by themselves. */
  static begin(tenantId: string, openedAt: Date): void {
    em().create(QuotaPeriod, {
      tenantId,
      periodStart: openedAt,
      periodEnd: new Date(openedAt.getTime() + periodMs),
      minuteStartedAt: openedAt,
    });
  }
}
QuotaPeriodSchema.setClass(QuotaPeriod);
