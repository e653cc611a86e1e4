import { createParamDecorator, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { ProblemError } from '../errors/problem-error.js';
import { bearerToken } from '../http/bearer-token.js';
import { nameTenant } from '../observability/scope.js';
import { SessionTokens, type SessionClaims } from './session-tokens.js';

type WithSession = Request & { session?: SessionClaims };

/** The only role there is: whoever signed up may do everything in the tenant. A lesser role to come is kept out by this. */
const ownerRole = 'admin';

/** Lets in the owner of a tenant, by the session token of a log-in; for routes that no API key may reach. */
@Injectable()
export class OwnerGuard implements CanActivate {
  constructor(private readonly tokens: SessionTokens) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<WithSession>();
    request.session = await this.tokens.read(bearerToken(request));
    nameTenant(request.session.tenantId);
    if (request.session.role !== ownerRole) throw new ProblemError('forbidden');
    return true;
  }
}

/** The tenant whose session asks; only behind the guard. */
export const SessionTenant = createParamDecorator((_data: unknown, context: ExecutionContext): string => {
  const { session } = context.switchToHttp().getRequest<WithSession>();
  if (!session) throw new Error('SessionTenant was used on a route without OwnerGuard.');
  return session.tenantId;
});
