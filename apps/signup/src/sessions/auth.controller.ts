import { LoginRequest, LoginResponse } from '@latchkey/contracts';
import { Responds } from '@latchkey/shared/http';
import { Body, Controller, Get, Header, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import type { CookieOptions, Request, Response } from 'express';
import type { JSONWebKeySet } from 'jose';
import type { z } from 'zod';
import { CONFIG, type Config } from '../config.js';
import { callerOf } from '../gateway/caller.js';
import { assertSameOrigin } from '../gateway/same-origin.js';
import { AccessTokens } from './access-tokens.js';
import { LogIn, type StartedSession } from './log-in.js';
import { LogOut } from './log-out.js';
import { RefreshSession } from './refresh-session.js';

const cookieName = 'lk_refresh';

/** Log-in, refresh and log-out. The refresh token lives in a cookie that no script can read and only these routes get. */
@Controller()
export class AuthController {
  private readonly cookie: CookieOptions;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly tokens: AccessTokens,
    private readonly logIn: LogIn,
    private readonly refreshSession: RefreshSession,
    private readonly logOut: LogOut,
  ) {
    const secure = config.PUBLIC_URL.startsWith('https:');
    const maxAge = config.REFRESH_TTL_DAYS * 86_400_000;
    this.cookie = { httpOnly: true, sameSite: 'strict', path: '/api/auth', secure, maxAge };
  }

  @Post('api/auth/login')
  @Responds(LoginResponse)
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  async login(
    @Body({ schema: LoginRequest }) body: z.infer<typeof LoginRequest>,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<LoginResponse> {
    assertSameOrigin(request, this.config.PUBLIC_URL);
    return this.hand(await this.logIn.run(body, callerOf(request)), response);
  }

  @Post('api/auth/refresh')
  @Responds(LoginResponse)
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  async refresh(@Req() request: Request, @Res({ passthrough: true }) response: Response): Promise<LoginResponse> {
    assertSameOrigin(request, this.config.PUBLIC_URL);
    return this.hand(await this.refreshSession.run(tokenOf(request)), response);
  }

  @Post('api/auth/logout')
  @HttpCode(204)
  async logout(@Req() request: Request, @Res({ passthrough: true }) response: Response): Promise<void> {
    assertSameOrigin(request, this.config.PUBLIC_URL);
    await this.logOut.run(tokenOf(request));
    const { maxAge: _maxAge, ...cookie } = this.cookie;
    response.clearCookie(cookieName, cookie);
  }

  @Get('.well-known/jwks.json')
  @Header('cache-control', 'public, max-age=300')
  publicKeys(): JSONWebKeySet {
    return this.tokens.publicKeys();
  }

  private hand(session: StartedSession, response: Response): LoginResponse {
    response.cookie(cookieName, session.refreshToken, this.cookie);
    return session.answer;
  }
}

function tokenOf(request: Request): string | undefined {
  const cookies = request.cookies as Record<string, unknown> | undefined;
  const token = cookies?.[cookieName];
  return typeof token === 'string' ? token.slice(0, 512) : undefined;
}
