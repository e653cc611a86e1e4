import { ProblemError } from '@latchkey/shared/errors';
import { sendProblem } from '@latchkey/shared/http';
import type { NextFunction, Request, Response } from 'express';

/** Vendors' webhooks come from few addresses in great bursts, and are cheap; health checks must always answer. */
const exempt = /^\/(stripe-webhook|sendgrid-webhook|health|metrics)/;
const windowMs = 60_000;
/** Addresses remembered at once; beyond it the oldest window is forgotten, so memory stays bounded under a flood of them. */
const addressesMax = 50_000;

/**
 * A fixed window per address and replica, before anything is parsed: it keeps one caller from eating the whole process.
 * What must hold exactly and over all replicas is counted in PostgreSQL (limits/rate-limits.ts).
 */
export function floodBrake(requestsPerMinuteMax: number) {
  const windows = new Map<string, { endsAt: number; used: number }>();
  return (request: Request, response: Response, next: NextFunction): void => {
    if (exempt.test(request.path)) return next();
    const address = request.ip ?? 'unknown';
    const now = performance.now();
    let window = windows.get(address);
    if (!window || window.endsAt <= now) {
      windows.delete(address);
      windows.set(address, (window = { endsAt: now + windowMs, used: 0 }));
      const oldest = windows.size > addressesMax ? windows.keys().next().value : undefined;
      if (oldest !== undefined) windows.delete(oldest);
    }
    window.used += 1;
    if (window.used <= requestsPerMinuteMax) return next();
    const retryAfterSeconds = Math.ceil((window.endsAt - now) / 1_000);
    sendProblem(response, new ProblemError('rate_limited', { retryAfterSeconds }), request.path);
  };
}
