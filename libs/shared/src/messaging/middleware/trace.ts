import { newScope, runInScope } from '../../observability/scope.js';
import { laneOf } from '../fact.js';
import type { Middleware } from './middleware.js';

/** Everything done for an event carries the ids of what caused it, in logs and in the events that follow. */
export const trace: Middleware = ({ message }, next) => {
  const { headers } = message;
  const scope = newScope({
    ...(headers['correlation-id'] ? { correlationId: headers['correlation-id'] } : {}),
    ...(headers['ce-id'] ? { causationId: headers['ce-id'] } : {}),
    ...(headers['traceparent'] ? { traceparent: headers['traceparent'] } : {}),
    tenantId: laneOf(message.subject),
  });
  return runInScope(scope, next);
};
