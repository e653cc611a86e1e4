import { OperatorGuard } from '@latchkey/shared/http';
import { audit } from '@latchkey/shared/operator';
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
    await this.door.commit('test-tenant', async () => {
      const marked = await sql(
        'insert into facts.test_tenant (tenant_id, noted_at) values ($1, $2) on conflict do nothing returning tenant_id',
        [tenantId, this.clock.nowIso()],
      );
      await note('mark-test-tenant', tenantId, marked);
    });
  }

  @Delete(':tenant_id')
  @HttpCode(204)
  async remove(@Param('tenant_id', { schema: TenantId }) tenantId: string): Promise<void> {
    await this.door.commit('test-tenant', async () => {
      const unmarked = await sql('delete from facts.test_tenant where tenant_id = $1 returning tenant_id', [tenantId]);
      await note('unmark-test-tenant', tenantId, unmarked);
    });
  }
}

/** A tenant that is left out of the numbers looks like one that never was; so somebody must have said it. */
function note(action: string, tenantId: string, changed: unknown[]): Promise<void> {
  return audit({
    action,
    tenantId,
    reason: 'asked for by an operator',
    outcome: changed.length > 0 ? 'done' : 'already',
  });
}
