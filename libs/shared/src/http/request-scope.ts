import type { NextFunction, Request, Response } from 'express';
import { crashPoint, declareCrashPoints } from '../crash/crash-point.js';
import type { Log } from '../observability/logger.js';
import { httpDuration, httpRequests, startAtZero } from '../observability/metrics.js';
import { newScope, runInScope } from '../observability/scope.js';
import { openSpan } from '../observability/tracing.js';

const requestIdPattern = /^[A-Za-z0-9_.-]{8,64}$/;
declareCrashPoints('http', '', 'answered');

const quiet = /^\/(health|metrics)/;

/**
 * Opens the scope of a request: its id (taken from the gateway when it makes sense, else new), its trace, one log line
 * and one measurement at the end. The label is the route's pattern, so that ids in paths do not multiply the series.
 */
export function requestScope(service: string, log: Log) {
  // The histogram has a series for each route and status, which begins with its first answer: a fault that sends many of
  // them at once, and no more, is no increase to an alert.
  startAtZero(httpRequests, { service: [service], outcome: ['answered', 'failed'] });
  return (request: Request, response: Response, next: NextFunction): void => {
    const given = request.header('x-request-id');
    const traceparent = request.header('traceparent');
    const scope = newScope({
      ...(given && requestIdPattern.test(given) ? { correlationId: given } : {}),
      ...(traceparent ? { traceparent } : {}),
    });
    const probe = quiet.test(request.path);
    const span = probe
      ? undefined
      : openSpan({ kind: 'server', name: request.method, attributes: { service } }, traceparent);
    if (span) scope.traceparent = span.traceparent;
    response.setHeader('x-request-id', scope.correlationId);
    const startedAt = process.hrtime.bigint();
    runInScope(scope, () => {
      if (request.method !== 'GET') response.once('finish', () => crashPoint('http', 'answered'));
      response.once('close', () => {
        const seconds = Number(process.hrtime.bigint() - startedAt) / 1e9;
        const route = (request.route as { path?: string } | undefined)?.path ?? 'other';
        httpDuration.observe({ service, method: request.method, route, status: String(response.statusCode) }, seconds);
        if (probe) return;
        httpRequests.inc({ service, outcome: response.statusCode >= 500 ? 'failed' : 'answered' });
        span?.end({
          name: `${request.method} ${route}`,
          attributes: {
            'http.response.status_code': response.statusCode,
            ...(scope.tenantId ? { 'tenant.id': scope.tenantId } : {}),
          },
          ...(response.statusCode >= 500 ? { error: 'status' } : {}),
        });
        const finished = response.writableFinished;
        runInScope(scope, () =>
          log.info('request', {
            method: request.method,
            route,
            status: response.statusCode,
            ms: Math.round(seconds * 1_000),
            ...(finished ? {} : { aborted: true }),
          }),
        );
      });
      next();
    });
  };
}
