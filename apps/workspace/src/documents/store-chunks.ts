import { RetryLater } from '@latchkey/shared/errors';
import { Clock, delay } from '@latchkey/shared/time';
import { PineconeNamespaces } from '@latchkey/vendor-pinecone';
import { Injectable } from '@nestjs/common';
import { Models, withOneRetry } from '../models.js';
import type { DocumentFormat } from './reading/limits.ts';

/** One embedding request and one upsert each. The first ones are small, so that whoever watches soon sees something move. */
const batchSizes = [8, 24];
const fullBatch = 64;
/** Pinecone shows writes within seconds; a document that cannot be found yet must not be called indexed (FEATURES lesson 13). */
const visibleWithinMs = 20_000;
const firstLookMs = 25;
const longestPauseMs = 500;

/** A document and where its passages go. */
export interface Target {
  tenantId: string;
  documentId: string;
  namespace: string;
  title: string;
  format: DocumentFormat;
}

/**
 * Embeds a document's passages and puts them into the tenant's namespace. Ids are fixed, so a repetition overwrites. A
 * vendor's hiccup is tried once more on the spot: starting the whole document anew would cost the waiting person seconds.
 */
@Injectable()
export class StoreChunks {
  constructor(
    private readonly models: Models,
    private readonly pinecone: PineconeNamespaces,
    private readonly clock: Clock,
  ) {}

  /** Returns the embedding tokens it took, once the last passage is found by a search. */
  async run(
    target: Target,
    chunks: readonly string[],
    signal: AbortSignal,
    onProgress: (stored: number) => Promise<void>,
  ): Promise<number> {
    const { documentId, title, namespace } = target;
    let tokens = 0;
    let vector: number[] = [];
    let lsn: number | undefined;
    for (let from = 0, round = 0; from < chunks.length; round++) {
      signal.throwIfAborted();
      const batch = chunks.slice(from, from + (batchSizes[round] ?? fullBatch));
      const first = from;
      // The title is part of what a passage means: "page 3" of the holiday policy is about holidays.
      const embedded = await withOneRetry(() => this.models.embedder.embed(batch.map((text) => `${title}\n${text}`)));
      const records = batch.map((text, at) => ({
        id: `${documentId}#${first + at}`,
        values: embedded.vectors[at] ?? [],
        metadata: { document_id: documentId, title, text, chunk: first + at, sample: false },
      }));
      const written = await withOneRetry(() => this.pinecone.upsert(namespace, records));
      tokens += embedded.promptTokens;
      lsn = written.lsn ?? lsn;
      vector = embedded.vectors.at(-1) ?? [];
      from += batch.length;
      if (from < chunks.length) await onProgress(from);
    }
    await this.untilFound(target, vector, lsn, signal);
    return tokens;
  }

  private async untilFound(
    target: Target,
    vector: number[],
    lsn: number | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { namespace, documentId } = target;
    const deadlineMs = this.clock.nowMs() + visibleWithinMs;
    for (let pauseMs = firstLookMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 1.5)) {
      signal.throwIfAborted();
      const filter = { document_id: { $eq: documentId } };
      const found = await withOneRetry(() =>
        this.pinecone.query(namespace, vector, { topK: 1, filter, minIndexedLsn: lsn }),
      );
      if (found.caughtUp && found.matches.length > 0) return;
      if (this.clock.nowMs() > deadlineMs) {
        throw new RetryLater('timeout', { vendor: 'pinecone', operation: 'wait_until_found', code: 'not_visible' });
      }
      await delay(pauseMs, signal);
    }
  }
}
