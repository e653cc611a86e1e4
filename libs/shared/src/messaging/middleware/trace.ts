import { runInSpan } from '../../observability/tracing.js';
import { knownType, laneOf } from '../fact.js';
import type { Middleware } from './middleware.js';

/** Everything done for an event carries the ids of what caused it, in logs and in the events that follow. */
export const trace: Middleware = ({ service, message }, next) => {
  const { headers } = message;
  const from = {
    ...(headers['correlation-id'] ? { correlationId: headers['correlation-id'] } : {}),
    ...(headers['ce-id'] ? { causationId: headers['ce-id'] } : {}),
    ...(headers['traceparent'] ? { traceparent: headers['traceparent'] } : {}),
    tenantId: laneOf(message.subject),
  };
  return runInSpan({ kind: 'consumer', name: knownType(headers), attributes: { service } }, from, next);
};
