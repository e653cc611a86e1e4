import { OperatorGuard } from '@latchkey/shared/http';
import { Door } from '@latchkey/shared/persistence';
import { Controller, Get, Query, UseGuards } from '@nestjs/common';
import { z } from 'zod';
import { MeasureFunnel, type Funnel } from './measure-funnel.js';

const FunnelQuery = z.strictObject({ days: z.coerce.number().int().min(1).max(365).default(30) });

/** Where customers drop off (S4.5). */
@Controller('api/analytics')
@UseGuards(OperatorGuard)
export class FunnelController {
  constructor(
    private readonly door: Door,
    private readonly measureFunnel: MeasureFunnel,
  ) {}

  @Get('activation-funnel')
  funnel(@Query({ schema: FunnelQuery }) { days }: z.infer<typeof FunnelQuery>): Promise<Funnel> {
    return this.door.read('activation-funnel', () => this.measureFunnel.run(days));
  }
}
