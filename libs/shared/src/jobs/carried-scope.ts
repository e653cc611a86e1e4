import { currentScope, type Scope } from '../observability/scope.js';

/** In a job's data beside its own fields: what the work that queued it belonged to. Short names, as every job carries them. */
const carriedScopeKey = '_scope';

interface CarriedScope {
  /** Correlation id, traceparent, tenant. */
  c: string;
  p: string;
  t?: string;
}

/** The data with the current scope in it, so that the job's log lines, facts and spans continue it. */
export function withScope(data: object): object {
  const scope = currentScope();
  if (!scope) return data;
  const { correlationId, traceparent, tenantId } = scope;
  const carried: CarriedScope = { c: correlationId, p: traceparent, ...(tenantId ? { t: tenantId } : {}) };
  return { ...data, [carriedScopeKey]: carried };
}

/** The other way round: the job's own data, and the scope to continue; an old or scheduled job carries none. */
export function splitScope(stored: object): { data: object; from: Partial<Scope> } {
  const { [carriedScopeKey]: carried, ...data } = stored as Record<string, unknown> & {
    [carriedScopeKey]?: CarriedScope;
  };
  if (!carried) return { data, from: {} };
  const { c: correlationId, p: traceparent, t: tenantId } = carried;
  return { data, from: { correlationId, traceparent, ...(tenantId ? { tenantId } : {}) } };
}
