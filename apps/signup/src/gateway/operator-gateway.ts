import { owners, type Owner } from '@latchkey/contracts';
import { ProblemError } from '@latchkey/shared/errors';
import { sendProblem, toProblemError } from '@latchkey/shared/http';
import { nameOperator } from '@latchkey/shared/observability';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { Config } from '../config.js';
import { operatorCookie, operatorTokenOf } from '../operators/operator-cookie.js';
import type { OperatorSessions, WhoOperates } from '../operators/operator-sessions.js';
import { proxyTo } from './proxy.js';
import { assertSameOrigin } from './same-origin.js';

/** `/api/operator/<service>/api/...`: the path behind the service is its own, as the tenant doctor's actions name it. */
const pattern = new RegExp(`^/api/operator/(${owners.join('|')})(/api/.*)$`);
/** Accounts are made with the operator token only, or one stolen session could make itself another. */
const tokenOnly = /^\/api\/operator\/operators(\/|$)/i;
const looks = new Set(['GET', 'HEAD']);

/**
 * The console's way to every service's operator routes: the browser's cookie says who it is, and the gateway alone adds
 * the operator token and the name for the audit. Viewers may only look.
 */
export function operatorGateway(config: Config, sessions: () => OperatorSessions): RequestHandler {
  const { name: cookieName } = operatorCookie(config.PUBLIC_URL);
  const targets: Record<Exclude<Owner, 'signup'>, string> = {
    'billing-webhooks': config.BILLING_URL,
    provisioner: config.PROVISIONER_URL,
    workspace: config.WORKSPACE_URL,
    notifier: config.NOTIFIER_URL,
    analytics: config.ANALYTICS_URL,
  };
  const proxies = new Map(Object.entries(targets).map(([service, url]) => [service, proxyTo(service, url)]));

  const admit = async (request: Request, path: string): Promise<WhoOperates> => {
    if (tokenOnly.test(path)) throw new ProblemError('forbidden');
    const token = operatorTokenOf(request, cookieName);
    const who = token === null ? null : await sessions().find(token);
    if (!who) throw new ProblemError('unauthorized');
    if (looks.has(request.method)) return who;
    assertSameOrigin(request, config.PUBLIC_URL);
    if (who.role === 'viewer') throw new ProblemError('operator_read_only');
    return who;
  };

  return (request: Request, response: Response, next: NextFunction) => {
    const [, service = '', path = ''] = pattern.exec(request.path) ?? [];
    if (!service) return next();
    Object.assign(request, { route: { path: `/api/operator/${service}/*` } });
    admit(request, path).then(
      ({ email }) => {
        nameOperator(email);
        // Replaced, not added: whatever the browser says of itself here counts for nothing.
        delete request.headers.cookie;
        request.headers.authorization = `Bearer ${config.OPERATOR_TOKEN}`;
        request.headers['x-operator'] = email;
        request.url = request.url.slice(`/api/operator/${service}`.length);
        const proxy = proxies.get(service);
        if (proxy) proxy(request, response, next);
        else next();
      },
      (error: unknown) => sendProblem(response, toProblemError(error), request.path),
    );
  };
}
