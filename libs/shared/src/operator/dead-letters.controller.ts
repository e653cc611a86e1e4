import { Body, Controller, Get, HttpCode, Param, Post, Query, UseGuards } from '@nestjs/common';
import {
  DeadLetterFilter,
  DeadLetterId,
  OperatorReason,
  RedriveAll,
  type DeadLetterDetail,
  type DeadLetterPage,
  type RedriveReport,
} from '@latchkey/contracts';
import { OperatorGuard } from '../http/operator.guard.js';
import { ReadDeadLetters } from './read-dead-letters.js';
import { SettleDeadLetters, type Settled } from './settle-dead-letters.js';

/** What this service could not do, and an operator's two answers to it: once more, or never. */
@Controller('api/operator/dead-letters')
@UseGuards(OperatorGuard)
export class DeadLettersController {
  constructor(
    private readonly read: ReadDeadLetters,
    private readonly settle: SettleDeadLetters,
  ) {}

  @Get()
  list(@Query({ schema: DeadLetterFilter }) filter: DeadLetterFilter): Promise<DeadLetterPage> {
    return this.read.list(filter);
  }

  @Get(':id')
  show(@Param('id', { schema: DeadLetterId }) id: string): Promise<DeadLetterDetail> {
    return this.read.show(id);
  }

  @Post('redrive')
  @HttpCode(200)
  redriveAll(@Body({ schema: RedriveAll }) request: RedriveAll): Promise<RedriveReport> {
    return this.settle.redriveAll(request);
  }

  @Post(':id/redrive')
  @HttpCode(200)
  async redrive(
    @Param('id', { schema: DeadLetterId }) id: string,
    @Body({ schema: OperatorReason }) { reason }: OperatorReason,
  ): Promise<{ id: string; outcome: Settled }> {
    return { id, outcome: await this.settle.redrive(id, reason) };
  }

  @Post(':id/discard')
  @HttpCode(200)
  async discard(
    @Param('id', { schema: DeadLetterId }) id: string,
    @Body({ schema: OperatorReason }) { reason }: OperatorReason,
  ): Promise<{ id: string; outcome: Settled }> {
    return { id, outcome: await this.settle.discard(id, reason) };
  }
}
