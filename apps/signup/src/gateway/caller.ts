import type { Request } from 'express';

/** Who sends a request, as far as it can be known; stored with terms and audit rows, and counted by limits. */
export interface Caller {
  address: string;
  userAgent: string;
}

/** `request.ip` believes X-Forwarded-For only as far as TRUST_PROXY says. */
export function callerOf(request: Request): Caller {
  return { address: request.ip ?? 'unknown', userAgent: (request.get('user-agent') ?? '').slice(0, 300) };
}
