import { Body, Controller, Get, HttpCode, Param, Post, Query, UseGuards } from '@nestjs/common';
import { OperatorReason } from '@latchkey/contracts';
import { z } from 'zod';
import { ProblemError } from '@latchkey/shared/errors';
import { OperatorGuard } from '@latchkey/shared/http';
import { Door, em, sql } from '@latchkey/shared/persistence';
import { Run } from '../provisioning/run.entity.js';
import { OperateRun, type Operated } from './operate-run.js';

const RunsQuery = z.object({
  state: z.enum(['running', 'retrying', 'undoing', 'done', 'failed', 'removed']).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

/** What operators, and the journey's audit, ask about runs and the pool. */
@Controller('api/provisioner')
@UseGuards(OperatorGuard)
export class RunsController {
  constructor(
    private readonly door: Door,
    private readonly operateRun: OperateRun,
  ) {}

  @Get('runs')
  async runs(
    @Query({ schema: RunsQuery }) query: z.infer<typeof RunsQuery>,
  ): Promise<{ runs: ReturnType<typeof view>[] }> {
    const where = query.state ? { state: query.state } : {};
    const runs = await this.door.read('runs', () =>
      em().find(Run, where, { orderBy: { clearedAt: 'desc' }, limit: query.limit }),
    );
    return { runs: runs.map(view) };
  }

  @Get('tenants/:tenant_id')
  async tenant(@Param('tenant_id') tenantId: string): Promise<{ runs: ReturnType<typeof view>[] }> {
    const runs = await this.door.read('tenant-runs', () =>
      em().find(Run, { tenantId }, { orderBy: { generation: 'asc' } }),
    );
    if (runs.length === 0) throw new ProblemError('unknown_tenant');
    return { runs: runs.map(view) };
  }

  @Post('tenants/:tenant_id/resume')
  @HttpCode(202)
  resume(
    @Param('tenant_id') tenantId: string,
    @Body({ schema: OperatorReason }) body: OperatorReason,
  ): Promise<Operated> {
    return this.operateRun.resume(tenantId, body.reason);
  }

  @Post('tenants/:tenant_id/retry')
  @HttpCode(202)
  retry(
    @Param('tenant_id') tenantId: string,
    @Body({ schema: OperatorReason }) body: OperatorReason,
  ): Promise<Operated> {
    return this.operateRun.retry(tenantId, body.reason);
  }

  @Post('tenants/:tenant_id/compensate')
  @HttpCode(202)
  compensate(
    @Param('tenant_id') tenantId: string,
    @Body({ schema: OperatorReason }) body: OperatorReason,
  ): Promise<Operated> {
    return this.operateRun.compensate(tenantId, body.reason);
  }

  @Get('pool')
  async pool(): Promise<{ standby: Record<string, number> }> {
    const rows = await this.door.read('pool', () =>
      sql<{ state: string; count: number }>('select state, count(*)::int as count from standby group by state'),
    );
    return { standby: Object.fromEntries(rows.map(({ state, count }) => [state, count])) };
  }
}

function view(run: Run) {
  return {
    run_id: run.id,
    tenant_id: run.tenantId,
    generation: run.generation,
    state: run.state,
    namespace: run.namespace,
    warm: run.warm,
    failures: run.failures,
    failed_step: run.failedStep ?? null,
    failure_reason: run.failureReason ?? null,
    abandoned_because: run.abandonedBecause ?? null,
    waits_for: run.waitsFor ?? null,
    steps: run.steps,
    cleared_at: run.clearedAt,
    next_attempt_at: run.nextAttemptAt ?? null,
    deadline_at: run.deadlineAt,
    finished_at: run.finishedAt ?? null,
  };
}
