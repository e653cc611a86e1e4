import { OperatorGuard } from '@latchkey/shared/http';
import { Door, sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { Controller, Delete, Get, HttpCode, Param, Put, UseGuards } from '@nestjs/common';
import { TenantId } from '../journal/read-timeline.js';

/**
 * Signups of our own that must not colour the numbers (FEATURES lesson 20). The list is an operator's decision and no
 * event, so it stands beside the projection and survives a rebuild.
 */
@Controller('api/analytics/test-tenants')
@UseGuards(OperatorGuard)
export class TestTenantsController {
  constructor(
    private readonly door: Door,
    private readonly clock: Clock,
  ) {}

  @Get()
  async list(): Promise<{ tenant_ids: string[] }> {
    const rows = await this.door.read('test-tenants', () =>
      sql<{ tenant_id: string }>(
        'select tenant_id from facts.test_tenant order by noted_at desc, tenant_id limit 10000',
      ),
    );
    return { tenant_ids: rows.map(({ tenant_id }) => tenant_id) };
  }

  @Put(':tenant_id')
  @HttpCode(204)
  async add(@Param('tenant_id', { schema: TenantId }) tenantId: string): Promise<void> {
    await this.door.commit('test-tenant', () =>
      sql('insert into facts.test_tenant (tenant_id, noted_at) values ($1, $2) on conflict do nothing', [
        tenantId,
        this.clock.nowIso(),
      ]),
    );
  }

  @Delete(':tenant_id')
  @HttpCode(204)
  async remove(@Param('tenant_id', { schema: TenantId }) tenantId: string): Promise<void> {
    await this.door.commit('test-tenant', () => sql('delete from facts.test_tenant where tenant_id = $1', [tenantId]));
  }
}
