import { ConsoleLogin, ConsoleSession } from '@latchkey/contracts';
import { ProblemError } from '@latchkey/shared/errors';
import { Responds } from '@latchkey/shared/http';
import { Body, Controller, Get, Header, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { CONFIG, type Config } from '../config.js';
import { callerOf } from '../gateway/caller.js';
import { assertSameOrigin } from '../gateway/same-origin.js';
import { operatorCookie, operatorTokenOf } from './operator-cookie.js';
import { OperatorSessions, type WhoOperates } from './operator-sessions.js';

/** The operators' way into the console. What they do there goes through `operator-gateway.ts`. */
@Controller('api/console')
export class ConsoleController {
  private readonly cookie: ReturnType<typeof operatorCookie>;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly sessions: OperatorSessions,
  ) {
    this.cookie = operatorCookie(config.PUBLIC_URL);
  }

  @Post('login')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @Responds(ConsoleSession)
  async login(
    @Body({ schema: ConsoleLogin }) body: ConsoleLogin,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ConsoleSession> {
    assertSameOrigin(request, this.config.PUBLIC_URL);
    const { token, email, role } = await this.sessions.logIn(body, callerOf(request));
    response.cookie(this.cookie.name, token, this.cookie.options);
    return { email, role };
  }

  @Get('session')
  @Header('cache-control', 'no-store')
  @Responds(ConsoleSession)
  async session(@Req() request: Request): Promise<ConsoleSession> {
    const who = await this.who(request);
    if (!who) throw new ProblemError('unauthorized');
    return { email: who.email, role: who.role };
  }

  @Post('logout')
  @HttpCode(204)
  async logout(@Req() request: Request, @Res({ passthrough: true }) response: Response): Promise<void> {
    assertSameOrigin(request, this.config.PUBLIC_URL);
    const who = await this.who(request);
    if (who) await this.sessions.end(who);
    const { maxAge: _maxAge, ...options } = this.cookie.options;
    response.clearCookie(this.cookie.name, options);
  }

  private async who(request: Request): Promise<WhoOperates | null> {
    const token = operatorTokenOf(request, this.cookie.name);
    return token === null ? null : this.sessions.find(token);
  }
}
