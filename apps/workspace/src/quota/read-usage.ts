import { UsageResponse } from '@latchkey/contracts';
import { em } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { Runtime } from '../runtime/runtime.entity.js';
import { periodMs, QuotaPeriod } from './quota-period.entity.js';

/** What a tenant has used of its plan in the running period. A period nobody has used yet has no row, and reads as zero. */
@Injectable()
export class ReadUsage {
  constructor(private readonly clock: Clock) {}

  async run(tenantId: string): Promise<z.infer<typeof UsageResponse>> {
    const runtime = await em().findOneOrFail(Runtime, { tenantId });
    const openedMs = runtime.openedAt.getTime();
    const periodsGone = Math.max(0, Math.floor((this.clock.nowMs() - openedMs) / periodMs));
    const periodStart = new Date(openedMs + periodsGone * periodMs);
    const period = await em().findOne(QuotaPeriod, { tenantId, periodStart });
    return {
      plan: runtime.plan,
      period_start: periodStart.toISOString(),
      period_end: new Date(periodStart.getTime() + periodMs).toISOString(),
      queries_used: period?.queriesUsed ?? 0,
      queries_limit: runtime.queriesPerMonthMax,
      documents_used: runtime.documentsUsed,
      documents_limit: runtime.documentsMax,
      embedding_tokens_used: period?.embeddingTokensUsed ?? 0,
      llm_tokens_used: period?.llmTokensUsed ?? 0,
    };
  }
}
