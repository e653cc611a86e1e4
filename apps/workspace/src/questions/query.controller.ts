import { QueryRequest, QueryResponse } from '@latchkey/contracts';
import { Log } from '@latchkey/shared/observability';
import { OpenApi, Responds } from '@latchkey/shared/http';
import { Body, Controller, Headers, HttpCode, Post, Res, UseGuards } from '@nestjs/common';
import type { Response } from 'express';
import type { z } from 'zod';
import { Caller, CurrentCaller } from '../access/caller.js';
import { CallerGuard } from '../access/caller.guard.js';
import { AnswerStream } from './answer-stream.js';
import { AskQuestion } from './ask-question.js';
import type { Channel } from './question.entity.js';

@Controller('v1/query')
@UseGuards(CallerGuard)
export class QueryController {
  constructor(
    private readonly askQuestion: AskQuestion,
    private readonly log: Log,
  ) {}

  /** `x-latchkey-channel: wizard` marks the questions of the setup wizard; a key is always the API. */
  @Post()
  @Responds(QueryResponse)
  @OpenApi(({ ApiProduces }) => ApiProduces('application/json', 'text/event-stream'))
  @HttpCode(200)
  async query(
    @CurrentCaller() caller: Caller,
    @Body({ schema: QueryRequest }) body: z.infer<typeof QueryRequest>,
    @Res() response: Response,
    @Headers('x-latchkey-channel') channelName?: string,
    @Headers('accept') accept = '',
  ): Promise<void> {
    const inSession = channelName === 'wizard' ? 'wizard' : 'app';
    const channel = caller.via === 'key' ? 'api' : inSession;
    if (body.stream ?? accept.includes('text/event-stream')) return this.stream(caller, body, channel, response);
    response.status(200).json(await this.askQuestion.run(caller, body, channel));
  }

  private async stream(
    caller: Caller,
    body: z.infer<typeof QueryRequest>,
    channel: Channel,
    response: Response,
  ): Promise<void> {
    const stream = new AnswerStream(response);
    try {
      stream.done(await this.askQuestion.run(caller, body, channel, stream));
    } catch (error) {
      // Before the first event a problem is an ordinary answer.
      if (!stream.begun) throw error;
      this.log.error('A streamed answer broke off.', { err: error });
      stream.fail(error);
    }
  }
}
