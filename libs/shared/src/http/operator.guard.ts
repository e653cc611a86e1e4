import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { equalsInConstantTime } from '../crypto/index.js';
import { ProblemError } from '../errors/problem-error.js';
import { nameOperator } from '../observability/scope.js';

export const OPERATOR_TOKEN = Symbol('operator token');

const operatorPattern = /^[\w.@+-]{1,64}$/;

/**
 * Lets operators in by `Authorization: Bearer <OPERATOR_TOKEN>`. Without a configured token the door stays shut. All of
 * them share the token, so `x-operator` is what a person says of himself: a name for the audit, not a proof.
 */
@Injectable()
export class OperatorGuard implements CanActivate {
  constructor(@Inject(OPERATOR_TOKEN) private readonly token: string | undefined) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Request>();
    const given = /^Bearer (.+)$/.exec(request.header('authorization') ?? '')?.[1];
    if (!this.token || !given || !equalsInConstantTime(given, this.token))
      throw new ProblemError('operator_token_invalid');
    const operator = request.header('x-operator') ?? '';
    if (operatorPattern.test(operator)) nameOperator(operator);
    return true;
  }
}
