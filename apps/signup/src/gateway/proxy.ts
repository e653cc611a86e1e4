import { routes } from '@latchkey/contracts';
import { ProblemError } from '@latchkey/shared/errors';
import { sendProblem } from '@latchkey/shared/http';
import { counter, currentScope } from '@latchkey/shared/observability';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { createProxyMiddleware } from 'http-proxy-middleware';
import { ServerResponse } from 'node:http';
import type { Config } from '../config.js';

/** An answer may take as long as a question to a language model; silence beyond this is a failure. */
const upstreamTimeoutMs = 45_000;

const failures = counter('gateway_upstream_failures_total', 'Requests the gateway could not pass on.', ['service']);

type Upstream = (typeof routes)[number]['service'];

/**
 * The one public origin (DESIGN section 5): passes on what belongs to others, byte by byte, because Stripe signs the
 * very bytes. It stands before every body parser.
 */
export function gateway(config: Config): RequestHandler {
  const targets: Record<Upstream, string> = {
    workspace: config.WORKSPACE_URL,
    analytics: config.ANALYTICS_URL,
    'billing-webhooks': config.BILLING_URL,
    notifier: config.NOTIFIER_URL,
  };
  const proxies = new Map<Upstream, RequestHandler>();
  for (const { service } of routes) if (!proxies.has(service)) proxies.set(service, proxyTo(service, targets[service]));
  return (request: Request, response: Response, next: NextFunction) => {
    const route = routes.find(({ prefix }) => request.path.startsWith(prefix));
    const proxy = route && proxies.get(route.service);
    if (!proxy) return next();
    // Logs and metrics take the route's pattern from here; the path itself may hold ids.
    Object.assign(request, { route: { path: `${route.prefix}*` } });
    return proxy(request, response, next);
  };
}

/** Passes a request on as it stands. */
export function proxyTo(service: string, target: string): RequestHandler {
  const silent = new WeakSet<Request>();
  const proxy = createProxyMiddleware<Request, Response>({
    target,
    proxyTimeout: upstreamTimeoutMs,
    changeOrigin: false,
    on: {
      proxyReq: (upstream, request) => {
        upstream.once('timeout', () => silent.add(request));
        // What the caller claims about its own address is replaced by what we know (TRUST_PROXY has been applied).
        upstream.setHeader('x-forwarded-for', request.ip ?? '');
        upstream.setHeader('x-forwarded-proto', request.protocol);
        upstream.setHeader('x-forwarded-host', request.get('host') ?? '');
        const scope = currentScope();
        if (!scope) return;
        upstream.setHeader('x-request-id', scope.correlationId);
        upstream.setHeader('traceparent', scope.traceparent);
      },
      error: (error, request, response) => {
        failures.inc({ service });
        if (!(response instanceof ServerResponse) || response.headersSent) return response.destroy();
        sendProblem(
          response as Response,
          new ProblemError(silent.has(request) ? 'timed_out' : 'upstream_unavailable', {
            cause: error,
            retryAfterSeconds: 2,
          }),
          request.path,
        );
      },
    },
  }) as RequestHandler;
  return (request: Request, response: Response, next: NextFunction) => {
    // Node has given the leave that was asked for. Passed on, it would keep `proxyReq` above from being called.
    delete request.headers.expect;
    return proxy(request, response, next);
  };
}
