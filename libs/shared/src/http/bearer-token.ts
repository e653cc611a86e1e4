import type { Request } from 'express';
import { ProblemError } from '../errors/problem-error.js';

/** The token of `Authorization: Bearer ...`; throws `unauthorized` without one, or for one longer than any of ours. */
export function bearerToken(request: Request): string {
  const token = /^Bearer (\S{1,4096})$/.exec(request.get('authorization') ?? '')?.[1];
  if (!token) throw new ProblemError('unauthorized');
  return token;
}
