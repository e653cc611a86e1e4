import { ProblemError } from '@latchkey/shared/errors';
import { nameTenant } from '@latchkey/shared/observability';
import { createParamDecorator, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { AccessTokens, type Claims } from './access-tokens.js';

type WithClaims = Request & { claims?: Claims };

/** Lets in whoever shows a valid access token; the claims then stand on the request. */
@Injectable()
export class SessionGuard implements CanActivate {
  constructor(private readonly tokens: AccessTokens) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<WithClaims>();
    const token = /^Bearer (\S{1,4096})$/.exec(request.get('authorization') ?? '')?.[1];
    if (!token) throw new ProblemError('unauthorized');
    request.claims = await this.tokens.verify(token);
    nameTenant(request.claims.tenantId);
    return true;
  }
}

/** The claims of the session that asks; only behind the guard. */
export const SessionClaims = createParamDecorator((_data: unknown, context: ExecutionContext): Claims => {
  const { claims } = context.switchToHttp().getRequest<WithClaims>();
  if (!claims) throw new ProblemError('unauthorized');
  return claims;
});
