import { QueryRequest, QueryResponse } from '@latchkey/contracts';
import { Responds } from '@latchkey/shared/http';
import { Body, Controller, Headers, HttpCode, Post, UseGuards } from '@nestjs/common';
import type { z } from 'zod';
import { Caller, CurrentCaller } from '../access/caller.js';
import { CallerGuard } from '../access/caller.guard.js';
import { AskQuestion } from './ask-question.js';

@Controller('v1/query')
@UseGuards(CallerGuard)
export class QueryController {
  constructor(private readonly askQuestion: AskQuestion) {}

  /** `x-latchkey-channel: wizard` marks the questions of the setup wizard; a key is always the API. */
  @Post()
  @Responds(QueryResponse)
  @HttpCode(200)
  async query(
    @CurrentCaller() caller: Caller,
    @Body({ schema: QueryRequest }) body: z.infer<typeof QueryRequest>,
    @Headers('x-latchkey-channel') channel?: string,
  ): Promise<QueryResponse> {
    const inSession = channel === 'wizard' ? 'wizard' : 'app';
    return this.askQuestion.run(caller, body, caller.via === 'key' ? 'api' : inSession);
  }
}
