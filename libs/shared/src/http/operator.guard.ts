import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { equalsInConstantTime } from '../crypto/index.js';
import { ProblemError } from '../errors/problem-error.js';

export const OPERATOR_TOKEN = Symbol('operator token');

/** Lets operators in by `Authorization: Bearer <OPERATOR_TOKEN>`. Without a configured token the door stays shut. */
@Injectable()
export class OperatorGuard implements CanActivate {
  constructor(@Inject(OPERATOR_TOKEN) private readonly token: string | undefined) {}

  canActivate(context: ExecutionContext): boolean {
    const header = context.switchToHttp().getRequest<Request>().header('authorization') ?? '';
    const given = /^Bearer (.+)$/.exec(header)?.[1];
    if (!this.token || !given || !equalsInConstantTime(given, this.token))
      throw new ProblemError('operator_token_invalid');
    return true;
  }
}
