import { OperatorReason } from '@latchkey/contracts';
import { OperatorGuard } from '@latchkey/shared/http';
import { audit } from '@latchkey/shared/operator';
import { Door } from '@latchkey/shared/persistence';
import { Body, Controller, Get, HttpCode, Param, Post, Query, UseGuards } from '@nestjs/common';
import { RebuildProgress } from '../progress/rebuild-progress.js';
import { ReadTimeline, TenantId, TimelinePage, type Timeline } from './read-timeline.js';

/** The history behind the numbers, and the way to count it anew. */
@Controller('api/analytics')
@UseGuards(OperatorGuard)
export class JournalController {
  constructor(
    private readonly door: Door,
    private readonly readTimeline: ReadTimeline,
    private readonly rebuildProgress: RebuildProgress,
  ) {}

  @Get('tenants/:tenant_id/timeline')
  timeline(
    @Param('tenant_id', { schema: TenantId }) tenantId: string,
    @Query({ schema: TimelinePage }) page: TimelinePage,
  ): Promise<Timeline> {
    return this.door.read('timeline', () => this.readTimeline.run(tenantId, page));
  }

  @Post('rebuild')
  @HttpCode(200)
  rebuild(@Body({ schema: OperatorReason }) { reason }: OperatorReason): Promise<{ tenants: number; events: number }> {
    return this.door.commit('rebuild', async () => {
      const rebuilt = await this.rebuildProgress.run();
      await audit({ action: 'rebuild-numbers', reason });
      return rebuilt;
    });
  }
}
