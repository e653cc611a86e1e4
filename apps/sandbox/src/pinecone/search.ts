import type { Predicate } from './filter.js';
import type { VectorRecord } from './vector-store.js';

export interface Match {
  readonly record: VectorRecord;
  readonly score: number;
}

function lengthOf(vector: Float32Array): number {
  let sum = 0;
  for (const value of vector) sum += value * value;
  return Math.sqrt(sum);
}

/** The nearest records by cosine, best first, by looking at each one: exact, and fast enough for some ten thousand. */
export function searchNearest(
  asked: Float32Array,
  records: Iterable<VectorRecord>,
  topK: number,
  predicate: Predicate | undefined,
): Match[] {
  const askedLength = lengthOf(asked);
  const matches: Match[] = [];
  for (const record of records) {
    if (predicate && !predicate(record.metadata ?? {})) continue;
    const { values } = record;
    let dot = 0;
    let squares = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i] ?? 0;
      dot += value * (asked[i] ?? 0);
      squares += value * value;
    }
    matches.push({ record, score: dot / (askedLength * Math.sqrt(squares)) });
  }
  return matches.sort((a, b) => b.score - a.score || (a.record.id < b.record.id ? -1 : 1)).slice(0, topK);
}
