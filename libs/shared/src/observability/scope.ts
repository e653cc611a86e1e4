import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';

/**
 * What the current piece of work belongs to. It follows the work through promises, stamps every log line, and travels
 * on in the headers of events and questions.
 */
export interface Scope {
  /** One id from the first request to the last event it caused. */
  correlationId: string;
  /** The event or request that caused this very step. */
  causationId?: string;
  /** W3C trace context. */
  traceparent: string;
  tenantId?: string;
  /** Who acts, when the request is an operator's. */
  operator?: string;
}

const scopes = new AsyncLocalStorage<Scope>();

export function currentScope(): Scope | undefined {
  return scopes.getStore();
}

export function runInScope<T>(scope: Scope, fn: () => T): T {
  return scopes.run(scope, fn);
}

/** Names the tenant for everything that follows in this scope. */
export function nameTenant(tenantId: string): void {
  const scope = scopes.getStore();
  if (scope) scope.tenantId = tenantId;
}

/** Names the operator for everything that follows in this scope. */
export function nameOperator(operator: string): void {
  const scope = scopes.getStore();
  if (scope) scope.operator = operator;
}

const traceparentPattern = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})$/;

/** Continues a trace with a new span, sampled or not as it was, or starts one when there is none or it is malformed. */
export function continueTrace(parent?: string): string {
  const [, traceId = randomBytes(16).toString('hex'), flags = '01'] = parent?.match(traceparentPattern) ?? [];
  return `00-${traceId}-${randomBytes(8).toString('hex')}-${flags}`;
}

export function newScope(from: Partial<Scope> = {}): Scope {
  const traceparent = continueTrace(from.traceparent);
  return { correlationId: from.correlationId ?? `req_${randomBytes(9).toString('base64url')}`, ...from, traceparent };
}
