import { currentScope, newScope, runInScope, type Scope } from './scope.js';

/** What a piece of work is, for whoever looks at a trace. */
export interface SpanFacts {
  kind: 'server' | 'client' | 'consumer' | 'internal';
  name: string;
  attributes?: Record<string, string | number>;
}

export interface OpenSpan {
  readonly traceparent: string;
  /** Facts that are known only now; an error marks the span as failed, by its class: messages may hold what a trace must not. */
  end(outcome?: { name?: string; attributes?: Record<string, string | number>; error?: unknown }): void;
}

/** Records spans; otlp.ts makes one on OpenTelemetry. */
export interface Tracing {
  /** Begins a span below `parent` (a traceparent), or a new trace; `linked` is another one it has to do with. */
  start(facts: SpanFacts, parent?: string, linked?: string): OpenSpan;
  /** Sends what is still held. */
  stop(): Promise<void>;
}

/** Undefined is the usual case: then nothing here does more than to look at this variable. */
let tracing: Tracing | undefined;

/** From now on spans are recorded, or no more. For the process, however many services a test runs in it. */
export function traceWith(next: Tracing | undefined): void {
  tracing = next;
}

/** Runs work in a scope of its own that continues `from`'s trace; the scope is the span. */
export async function runInSpan<T>(facts: SpanFacts, from: Partial<Scope>, work: () => Promise<T>): Promise<T> {
  if (!tracing) return runInScope(newScope(from), work);
  const span = tracing.start(tenantToo(facts, from), from.traceparent);
  try {
    const result = await runInScope({ ...newScope(from), traceparent: span.traceparent }, work);
    span.end();
    return result;
  } catch (error) {
    span.end({ error });
    throw error;
  }
}

/** A span for work whose end is told by an event and not by a promise. Undefined while nothing is recorded. */
export function openSpan(facts: SpanFacts, parent: string | undefined): OpenSpan | undefined {
  return tracing?.start(facts, parent);
}

/** A part of the current scope's work that is worth a span of its own, such as a vendor's answer. */
export async function measureSpan<T>(facts: () => SpanFacts, work: () => Promise<T>): Promise<T> {
  if (!tracing) return work();
  const span = tracing.start(facts(), currentScope()?.traceparent);
  try {
    const result = await work();
    span.end();
    return result;
  } catch (error) {
    span.end({ error });
    throw error;
  }
}

/**
 * What this scope does from here on belongs to an earlier trace: a tenant's clearance goes on where their signup began,
 * whichever webhook or click brought it about. A span of no length, linked to the present trace, marks the joint.
 */
export function joinTrace(earlier: string | null | undefined, name: string): void {
  const scope = currentScope();
  if (!scope || !earlier) return;
  if (!tracing) {
    scope.traceparent = newScope({ traceparent: earlier }).traceparent;
    return;
  }
  const span = tracing.start(tenantToo({ kind: 'internal', name }, scope), earlier, scope.traceparent);
  span.end();
  scope.traceparent = span.traceparent;
}

function tenantToo(facts: SpanFacts, { tenantId }: Partial<Scope>): SpanFacts {
  return tenantId === undefined ? facts : { ...facts, attributes: { ...facts.attributes, 'tenant.id': tenantId } };
}
