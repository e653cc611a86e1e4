import { GiveUp } from '@latchkey/shared/errors';

/** Pinecone refuses more than 1,000 records or 2 MB in one upsert (VENDORS 2.4); 4 kB are left for the envelope. */
export const upsertLimits = { maxItems: 1_000, maxBytes: 2_000_000 - 4_000 };
export const deleteLimits = { maxItems: 1_000, maxBytes: 1_000_000 };
/** Ids of a fetch travel in the URL: HTTP servers stop at 8 to 16 kB of it. */
export const fetchLimits = { maxItems: 100, maxBytes: 6_000 };

/** Cuts a list into requests by count and by size, keeping its order. One item over the size can never be sent. */
export function inBatches<T>(items: readonly T[], limits: typeof upsertLimits, bytesOf: (item: T) => number): T[][] {
  const batches: T[][] = [];
  let batch: T[] = [];
  let batchBytes = 0;
  for (const item of items) {
    const bytes = bytesOf(item) + 1;
    if (bytes > limits.maxBytes)
      throw new GiveUp('refused', { vendor: 'pinecone', operation: 'batch', code: 'item_too_large' });
    if (batch.length === limits.maxItems || (batch.length > 0 && batchBytes + bytes > limits.maxBytes)) {
      batches.push(batch);
      batch = [];
      batchBytes = 0;
    }
    batch.push(item);
    batchBytes += bytes;
  }
  return batch.length > 0 ? [...batches, batch] : batches;
}

export const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/**
 * A vector in 7 significant digits, a 32-bit float printed as a double has 17: 18.8 kB instead of 33.5 kB of JSON for
 * 1,536 dimensions, and 106 records in a request instead of 59 (VENDORS 2.4).
 */
export function roundVector(vector: readonly number[]): number[] {
  const known = roundedVectors.get(vector);
  if (known) return known;
  const rounded = vector.map((value) => Number(value.toPrecision(7)));
  roundedVectors.set(vector, rounded);
  return rounded;
}

/** The sample documents' vectors are the same objects for every tenant; rounding them was a twentieth of the provisioner's work. */
const roundedVectors = new WeakMap<readonly number[], number[]>();
