import { ProblemError } from '@latchkey/shared/errors';
import { bearerToken } from '@latchkey/shared/http';
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
    request.claims = await this.tokens.verify(bearerToken(request));
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
