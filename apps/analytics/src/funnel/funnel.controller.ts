import { OperatorGuard } from '@latchkey/shared/http';
import { Door } from '@latchkey/shared/persistence';
import { Controller, Get, Param, Query, UseGuards } from '@nestjs/common';
import { FunnelQuery } from './funnel-query.js';
import { ListStageTenants, StageQuery, type StageTenants } from './list-stage-tenants.js';
import { MeasureFunnel, type Funnel } from './measure-funnel.js';

/** Where customers drop off (S4.5), and who they are. */
@Controller('api/analytics/activation-funnel')
@UseGuards(OperatorGuard)
export class FunnelController {
  constructor(
    private readonly door: Door,
    private readonly measureFunnel: MeasureFunnel,
    private readonly listStageTenants: ListStageTenants,
  ) {}

  @Get()
  funnel(@Query({ schema: FunnelQuery }) { days }: FunnelQuery): Promise<Funnel> {
    return this.door.read('activation-funnel', () => this.measureFunnel.run(days));
  }

  @Get(':stage/tenants')
  tenants(@Param('stage') stage: string, @Query({ schema: StageQuery }) query: StageQuery): Promise<StageTenants> {
    return this.door.read('stage-tenants', () => this.listStageTenants.run(stage, query));
  }
}
