import {
  DocumentIndexed,
  DocumentRejected,
  DocumentState as DocumentStates,
  type ProblemCode,
} from '@latchkey/contracts';
import { newId } from '@latchkey/shared/ids';
import { em, record } from '@latchkey/shared/persistence';
import { defineEntity, LockMode, p } from '@mikro-orm/core';
import type { z } from 'zod';
import type { DocumentFormat } from './reading/limits.ts';

export type DocumentState = z.infer<typeof DocumentStates>;

/** Every move there is; reading and indexing may begin again after a crash or a vendor's outage. */
const allowedMoves: Record<DocumentState, readonly DocumentState[]> = {
  received: ['reading', 'rejected'],
  reading: ['reading', 'indexing', 'rejected'],
  indexing: ['reading', 'indexing', 'indexed', 'rejected'],
  indexed: [],
  rejected: [],
};

const DocumentSchema = defineEntity({
  name: 'Document',
  tableName: 'document',
  indexes: [
    { properties: ['tenantId', 'uploadedAt'] },
    { properties: ['state', 'uploadedAt'] },
    { properties: ['tenantId', 'contentHash'] },
  ],
  properties: {
    id: p.text().primary(),
    tenantId: p.text(),
    /** The file's name without its ending: the customer's own words, shown to nobody else. */
    title: p.text(),
    format: p.text().$type<DocumentFormat>(),
    bytes: p.integer(),
    /** SHA-256 of the bytes: whoever sends them again, because no answer came, means the same document. */
    contentHash: p.text().nullable(),
    state: p.text().$type<DocumentState>(),
    chunksTotal: p.integer().nullable(),
    chunksCreated: p.integer().default(0),
    rejectedFor: p.text().$type<ProblemCode>().nullable(),
    uploadedAt: p.datetime(),
    finishedAt: p.datetime().nullable(),
  },
});

/** A document of a tenant on its way from upload to searchable, with the true state at every moment (FEATURES lesson 15). */
export class Document extends DocumentSchema.class {
  static receive(
    upload: { tenantId: string; title: string; format: DocumentFormat; bytes: number; contentHash: string },
    now: Date,
  ): Document {
    return em().create(Document, { id: newId('doc'), ...upload, state: 'received', uploadedAt: now });
  }

  startReading(): void {
    if (this.state !== 'indexing') this.moveTo('reading');
  }

  startIndexing(chunksTotal: number): void {
    this.moveTo('indexing');
    this.chunksTotal = chunksTotal;
  }

  /** Batches are counted from the front, so a repeated one counts once. */
  advance(chunksCreated: number): void {
    this.chunksCreated = Math.max(this.chunksCreated, chunksCreated);
  }

  finish(embeddingTokens: number, now: Date): 'indexed' | 'already' {
    if (this.state === 'indexed') return 'already';
    this.moveTo('indexed');
    this.chunksCreated = this.chunksTotal ?? 0;
    this.finishedAt = now;
    record(DocumentIndexed, this.tenantId, {
      document_id: this.id,
      format: this.format,
      bytes: this.bytes,
      chunks: this.chunksCreated,
      embedding_tokens: embeddingTokens,
    });
    return 'indexed';
  }

  /** Whoever calls this gives the place in the quota back when the answer is `rejected`. */
  reject(reason: ProblemCode, now: Date): 'rejected' | 'already' {
    if (this.state === 'rejected') return 'already';
    this.moveTo('rejected');
    this.rejectedFor = reason;
    this.finishedAt = now;
    record(DocumentRejected, this.tenantId, { document_id: this.id, reason });
    return 'rejected';
  }

  isFinished(): boolean {
    return this.state === 'indexed' || this.state === 'rejected';
  }

  private moveTo(next: DocumentState): void {
    if (!allowedMoves[this.state].includes(next)) {
      throw new Error(`A document cannot go from ${this.state} to ${next}.`);
    }
    this.state = next;
  }
}
DocumentSchema.setClass(Document);

/** The tenant's document, locked until the commit; null when it was deleted or is another tenant's. */
export async function lockDocument(tenantId: string, documentId: string): Promise<Document | null> {
  return em().findOne(Document, { id: documentId, tenantId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
}

const DocumentContentSchema = defineEntity({
  name: 'DocumentContent',
  tableName: 'document_content',
  properties: {
    documentId: p.text().primary(),
    tenantId: p.text().index(),
    content: p.blob(),
  },
});

/** The uploaded bytes, kept only until they are indexed or rejected: a crash in between must not lose the upload. */
export class DocumentContent extends DocumentContentSchema.class {}
DocumentContentSchema.setClass(DocumentContent);
