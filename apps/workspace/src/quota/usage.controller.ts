import { UsageResponse } from '@latchkey/contracts';
import { Responds } from '@latchkey/shared/http';
import { Door } from '@latchkey/shared/persistence';
import { Controller, Get, UseGuards } from '@nestjs/common';
import { Caller, CurrentCaller } from '../access/caller.js';
import { CallerGuard } from '../access/caller.guard.js';
import { ReadUsage } from './read-usage.js';

@Controller('v1/usage')
@UseGuards(CallerGuard)
export class UsageController {
  constructor(
    private readonly door: Door,
    private readonly readUsage: ReadUsage,
  ) {}

  @Get()
  @Responds(UsageResponse)
  async usage(@CurrentCaller() caller: Caller) {
    return this.door.read('read-usage', () => this.readUsage.run(caller.tenantId));
  }
}
