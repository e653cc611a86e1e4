import { ProblemError } from '@latchkey/shared/errors';
import { sendProblem, WindowCounter } from '@latchkey/shared/http';
import type { NextFunction, Request, Response } from 'express';
import { networkOf } from './caller.js';

/** Vendors' webhooks come from few addresses in great bursts, and are cheap; health checks must always answer. */
const exempt = /^\/(stripe-webhook|sendgrid-webhook|health)/;
const windowMs = 60_000;

/**
 * A fixed window per address and replica, before anything is parsed: it keeps one caller from eating the whole process.
 * What must hold exactly and over all replicas is counted in PostgreSQL (limits/rate-limits.ts).
 */
export function floodBrake(requestsPerMinuteMax: number) {
  const requests = new WindowCounter(requestsPerMinuteMax, windowMs);
  return (request: Request, response: Response, next: NextFunction): void => {
    if (exempt.test(request.path)) return next();
    const retryAfterSeconds = requests.take(networkOf(request.ip ?? 'unknown'));
    if (retryAfterSeconds === null) return next();
    sendProblem(response, new ProblemError('rate_limited', { retryAfterSeconds }), request.path);
  };
}
