import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';

/** Who asks: always exactly one tenant, proven by a key or a session. Every query below is limited to `tenantId`. */
export class Caller {
  constructor(
    readonly tenantId: string,
    readonly via: 'key' | 'session',
    readonly namespace: string,
    readonly chatModel: string,
  ) {}
}

/** The request as the guard leaves it. */
export type CallerRequest = Request & { caller?: Caller };

/** The caller that `CallerGuard` has found. */
export const CurrentCaller = createParamDecorator((_data: unknown, context: ExecutionContext): Caller => {
  const { caller } = context.switchToHttp().getRequest<CallerRequest>();
  if (!caller) throw new Error('CurrentCaller was used on a route without CallerGuard.');
  return caller;
});
