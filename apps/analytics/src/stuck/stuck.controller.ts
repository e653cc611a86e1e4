import { OperatorGuard } from '@latchkey/shared/http';
import { Controller, Get, Query, UseGuards } from '@nestjs/common';
import { ListStuck, StuckPage, type StuckCustomers } from './list-stuck.js';

/** Who needs a person (S4.5). */
@Controller('api/analytics')
@UseGuards(OperatorGuard)
export class StuckController {
  constructor(private readonly listStuck: ListStuck) {}

  @Get('stuck-customers')
  stuck(@Query({ schema: StuckPage }) page: StuckPage): Promise<StuckCustomers> {
    return this.listStuck.run(page);
  }
}
