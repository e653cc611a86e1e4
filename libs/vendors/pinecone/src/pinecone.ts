import type { Breaker } from '@latchkey/shared/breakers';
import { GiveUp } from '@latchkey/shared/errors';
import { measureVendorCall, vendorUnits } from '@latchkey/shared/observability';
import { type Index, Pinecone } from '@pinecone-database/pinecone';
import { deleteLimits, fetchLimits, inBatches, jsonBytes, roundVector, upsertLimits } from './batches.js';
import { pineconeFailure, recordWire, type Wire, wireFetch } from './wire.js';

export interface PineconeConfig {
  apiKey: string;
  /** The index's own host, with `http://` where it is a local one; a bare name is taken as https. */
  indexHost: string;
  timeoutMs?: number | undefined;
  /** Undefined: every call is made, however the ones before it ended. */
  breaker: Breaker | undefined;
}

/** No nulls, no nesting, at most 40 kB each: Pinecone's rules. */
export type VectorMetadata = Record<string, string | number | boolean | string[]>;

/** At least one value must not be zero: Pinecone refuses an all-zero vector (VENDORS 2.4). */
export interface VectorRecord {
  id: string;
  values: number[];
  metadata?: VectorMetadata;
}

export interface Match {
  id: string;
  score: number;
  metadata: VectorMetadata;
}

export interface QueryAnswer {
  matches: Match[];
  /** The last write this answer knows of; undefined where the server does not say. */
  indexedLsn: number | undefined;
  /** False when the answer is, or may be, older than the write asked for with `minIndexedLsn`. */
  caughtUp: boolean;
}

export function createPinecone(config: PineconeConfig): PineconeNamespaces {
  const timeoutMs = config.timeoutMs ?? 10_000;
  const sdk = new Pinecone({ apiKey: config.apiKey, maxRetries: 0, fetchApi: wireFetch(timeoutMs) });
  return new PineconeNamespaces(
    sdk.index<VectorMetadata>({ host: config.indexHost }),
    timeoutMs + 1_000,
    config.breaker,
  );
}

/**
 * One namespace per tenant in one index. A namespace is born with its first upsert; every verb is safe to repeat
 * (upserts by id, deletes of what is gone), so the jobs above do all the retrying.
 */
export class PineconeNamespaces {
  constructor(
    private readonly index: Index<VectorMetadata>,
    private readonly deadlineMs: number,
    private readonly breaker?: Breaker,
  ) {}

  /** Writes records in as few requests as the limits allow. `lsn` is the write a query must have seen to find them all. */
  async upsert(namespace: string, records: readonly VectorRecord[]): Promise<{ lsn: number | undefined }> {
    let lsn: number | undefined;
    const rounded = records.map((record) => ({ ...record, values: roundVector(record.values) }));
    for (const batch of inBatches(rounded, upsertLimits, jsonBytes)) {
      const { wire } = await this.call('upsert', () => this.index.upsert({ records: batch, namespace }));
      vendorUnits.inc({ vendor: 'pinecone', unit: 'upserted_records' }, batch.length);
      const written = readLsn(wire, 'x-pinecone-request-lsn');
      if (written !== undefined) lsn = Math.max(lsn ?? 0, written);
    }
    return { lsn };
  }

  /** Nearest records. Writes become visible later (eventually consistent): ask for `minIndexedLsn` and look at `caughtUp`. */
  async query(
    namespace: string,
    vector: readonly number[],
    options: { topK: number; filter?: Record<string, unknown> | undefined; minIndexedLsn?: number | undefined },
  ): Promise<QueryAnswer> {
    const { topK, filter, minIndexedLsn } = options;
    const { result, wire } = await this.call('query', () =>
      this.index.query({
        vector: roundVector(vector),
        topK,
        namespace,
        includeMetadata: true,
        ...(filter === undefined ? {} : { filter }),
      }),
    );
    vendorUnits.inc({ vendor: 'pinecone', unit: 'queries' });
    const indexedLsn = readLsn(wire, 'x-pinecone-max-indexed-lsn');
    return {
      matches: result.matches.map(({ id, score, metadata }) => ({ id, score: score ?? 0, metadata: metadata ?? {} })),
      indexedLsn,
      caughtUp: minIndexedLsn === undefined || (indexedLsn !== undefined && indexedLsn >= minIndexedLsn),
    };
  }

  /** The records that exist among these ids, in no particular order. */
  async fetchIds(namespace: string, ids: readonly string[]): Promise<VectorRecord[]> {
    const found: VectorRecord[] = [];
    for (const batch of inBatches(ids, fetchLimits, (id) => encodeURIComponent(id).length + 'ids=&'.length)) {
      const { result } = await this.call('fetch', () => this.index.fetch({ ids: batch, namespace }));
      for (const { id, values = [], metadata = {} } of Object.values(result.records))
        found.push({ id, values, metadata });
    }
    return found;
  }

  async deleteIds(namespace: string, ids: readonly string[]): Promise<void> {
    for (const batch of inBatches(ids, deleteLimits, jsonBytes))
      await this.callUnlessGone('delete_ids', () => this.index.deleteMany({ ids: batch, namespace }));
  }

  /** Deletes what matches, e.g. every chunk of one document. */
  async deleteByFilter(namespace: string, filter: Record<string, unknown>): Promise<void> {
    await this.callUnlessGone('delete_by_filter', () => this.index.deleteMany({ filter, namespace }));
  }

  /** Removes the namespace with everything in it; one that does not exist is done. */
  async deleteNamespace(namespace: string): Promise<void> {
    await this.callUnlessGone('delete_namespace', () => this.index.deleteNamespace(namespace));
  }

  /** Null when there is no such namespace. The count is eventually consistent, like queries. */
  async describeNamespace(namespace: string): Promise<{ recordCount: number } | null> {
    const described = await this.callUnlessGone('describe_namespace', () => this.index.describeNamespace(namespace));
    return described === null ? null : { recordCount: Number(described.recordCount ?? 0) };
  }

  /** Record counts of every namespace: for audits, not for one tenant's request. */
  async stats(): Promise<{ totalRecordCount: number; namespaces: Record<string, number> }> {
    const { result } = await this.call('stats', () => this.index.describeIndexStats());
    const counts = Object.entries(result.namespaces ?? {}).map(
      ([name, { recordCount }]) => [name, recordCount] as const,
    );
    return { totalRecordCount: result.totalRecordCount ?? 0, namespaces: Object.fromEntries(counts) };
  }

  private async callUnlessGone<T>(operation: string, work: () => Promise<T>): Promise<T | null> {
    try {
      const { result } = await this.call(operation, work);
      return result;
    } catch (error) {
      if (error instanceof GiveUp && error.kind === 'not_found') return null;
      throw error;
    }
  }

  private async call<T>(operation: string, work: () => Promise<T>): Promise<{ result: T; wire: Wire }> {
    const wire: Wire = {};
    const translate = (error: unknown) => pineconeFailure(operation, wire, error);
    const call = { vendor: 'pinecone', operation, deadlineMs: this.deadlineMs, translate, breaker: this.breaker };
    const result = await measureVendorCall(call, () => recordWire(wire, work));
    return { result, wire };
  }
}

function readLsn(wire: Wire, name: string): number | undefined {
  const value = wire.header?.(name);
  if (!value) return undefined;
  const lsn = Number(value);
  return Number.isSafeInteger(lsn) ? lsn : undefined;
}
