import type { Sim } from '../core/sim.js';

/** The one index the sandbox has, as its environment names it. */
export interface IndexInfo {
  readonly name: string;
  readonly dimension: number;
  readonly visibleAfterMs: number;
  /** 100 a second for each kind of call in each namespace is the vendor's own limit; 0 switches it off. */
  readonly namespaceCallsPerSecond: number;
}

function numberFrom(text: string | undefined, fallback: number): number {
  const value = Number(text);
  return text !== undefined && text !== '' && Number.isInteger(value) && value >= 0 ? value : fallback;
}

export function indexFromEnv(env: Sim['env']): IndexInfo {
  return {
    name: env['SANDBOX_PINECONE_INDEX'] || 'latchkey',
    dimension: numberFrom(env['SANDBOX_PINECONE_DIMENSION'], 1536) || 1536,
    visibleAfterMs: numberFrom(env['SANDBOX_PINECONE_VISIBLE_AFTER_MS'], 50),
    namespaceCallsPerSecond: numberFrom(env['SANDBOX_PINECONE_NAMESPACE_RPS'], 100),
  };
}

/** The index in the 2026-07 shape: `schema.fields` and `deployment`, no top-level dimension or spec. */
export function describeIndex(index: IndexInfo, host: string): object {
  return {
    name: index.name,
    host,
    status: { ready: true, state: 'Ready' },
    deployment: { deployment_type: 'managed', cloud: 'aws', region: 'us-east-1' },
    read_capacity: { mode: 'OnDemand', status: { state: 'Ready', current_shards: null, current_replicas: null } },
    schema: { fields: { _values: { type: 'dense_vector', dimension: index.dimension, metric: 'cosine' } } },
    tags: null,
    deletion_protection: 'disabled',
  };
}
