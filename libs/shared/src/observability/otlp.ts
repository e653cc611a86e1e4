import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags, type SpanContext } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace';
import type { OpenSpan, SpanFacts, Tracing } from './tracing.js';

const kinds = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
} as const;

/**
 * Spans on OpenTelemetry's SDK, without its instrumentations: they would wrap every module for what a few lines at our own
 * doors say better. Loaded only when an endpoint is set.
 */
export function traceToProcessor(service: string, processor: SpanProcessor, ratio = 1): Tracing {
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': service }),
    // By the trace's id, so that all services keep the same ones.
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
    spanProcessors: [processor],
  });
  const tracer = provider.getTracer('latchkey');
  return {
    start({ kind, name, attributes }: SpanFacts, parent?: string, linked?: string): OpenSpan {
      const context = contextOf(parent);
      const above = context ? trace.setSpanContext(ROOT_CONTEXT, context) : ROOT_CONTEXT;
      const link = contextOf(linked);
      const span = tracer.startSpan(
        name,
        { kind: kinds[kind], ...(attributes ? { attributes } : {}), ...(link ? { links: [{ context: link }] } : {}) },
        above,
      );
      return {
        traceparent: traceparentOf(span.spanContext()),
        end: ({ name: lastName, attributes: more, error } = {}) => {
          if (lastName !== undefined) span.updateName(lastName);
          if (more) span.setAttributes(more);
          if (error !== undefined)
            span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.name : 'error' });
          span.end();
        },
      };
    },
    stop: () => provider.shutdown(),
  };
}

/** Sends spans to a collector in batches, in the background; one that is away costs spans and nothing else. */
export function traceToCollector(service: string, endpoint: string, ratio: number): Tracing {
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` });
  return traceToProcessor(service, new BatchSpanProcessor({ exporter, scheduledDelayMillis: 1_000 }), ratio);
}

function contextOf(traceparent: string | undefined): SpanContext | undefined {
  const [, traceId, spanId, flags] = /^\w{2}-(\w{32})-(\w{16})-(\w{2})$/.exec(traceparent ?? '') ?? [];
  if (!traceId || !spanId) return undefined;
  const sampled = parseInt(flags ?? '0', 16) & TraceFlags.SAMPLED;
  return { traceId, spanId, traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE, isRemote: true };
}

function traceparentOf({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}
