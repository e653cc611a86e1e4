import type { ProblemCode } from '@latchkey/contracts';
import { GiveUp, RetryLater } from '@latchkey/shared/errors';
import { enqueue, type JobRun } from '@latchkey/shared/jobs';
import { Door, em, sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { Injectable } from '@nestjs/common';
import { Quota } from '../quota/quota.js';
import { Document, DocumentContent, lockDocument } from './document.entity.js';
import { RemoveVectorsJob } from './job-contracts.js';
import { documentOutcomes } from './outcomes.js';
import { DocumentReader } from './reading/document-reader.js';
import { Unreadable } from './reading/limits.ts';
import { StoreChunks, type Target } from './store-chunks.js';

interface Claim extends Target {
  content: Buffer;
}

/** Makes an uploaded document searchable: read it in a child process, store its passages, and see that they are found. */
@Injectable()
export class IndexDocument {
  constructor(
    private readonly door: Door,
    private readonly clock: Clock,
    private readonly reader: DocumentReader,
    private readonly storeChunks: StoreChunks,
    private readonly quota: Quota,
  ) {}

  async run(tenantId: string, documentId: string, run: JobRun): Promise<void> {
    const claim = await this.claim(tenantId, documentId);
    if (!claim) return;
    let tokens: number;
    try {
      const chunks = await this.reader.read(claim.format, claim.content, run.signal);
      await this.change(claim, (document) => document.startIndexing(chunks.length));
      tokens = await this.storeChunks.run(claim, chunks, run.signal, (stored) =>
        this.change(claim, (document) => document.advance(stored)),
      );
    } catch (error) {
      const reason = rejectionOf(error, run);
      if (!reason) throw patientError(error);
      await run.commit(() => this.reject(claim, reason));
      return;
    }
    await run.commit(() => this.finish(claim, tokens));
  }

  /** Null when the document is done or deleted, or its workspace is closed: then there is nothing to do. */
  private async claim(tenantId: string, documentId: string): Promise<Claim | null> {
    return this.door.commit('claim-document', async () => {
      const document = await lockDocument(tenantId, documentId);
      const [row] = await sql<{ content: Buffer; namespace: string }>(
        `select c.content, r.namespace from document_content c join runtime r on r.tenant_id = c.tenant_id
         where c.document_id = $1 and c.tenant_id = $2 and r.state in ('open', 'suspended')`,
        [documentId, tenantId],
      );
      // An earlier try may have written passages after its document's were deleted, and ended before it saw that.
      if (!document || document.state === 'rejected') this.clearVectors({ tenantId, documentId });
      if (!document || !row || document.isFinished()) return null;
      document.startReading();
      return { ...row, tenantId, documentId, title: document.title, format: document.format };
    });
  }

  /** Saves progress. A document that was deleted meanwhile is left alone; `finish` then clears up behind it. */
  private async change(target: Target, verb: (document: Document) => void): Promise<void> {
    await this.door.commit('advance-document', async () => {
      const document = await lockDocument(target.tenantId, target.documentId);
      if (document) verb(document);
    });
  }

  private async finish(target: Target, embeddingTokens: number): Promise<void> {
    const document = await lockDocument(target.tenantId, target.documentId);
    await this.quota.settleTokens(target.tenantId, { embedding: embeddingTokens, llm: 0 });
    if (!document) {
      this.clearVectors(target);
      return;
    }
    if (document.finish(embeddingTokens, this.clock.now()) === 'already') return;
    documentOutcomes.inc({ outcome: 'indexed' });
    await this.dropContent(target);
  }

  private async reject(target: Target, reason: ProblemCode): Promise<void> {
    const document = await lockDocument(target.tenantId, target.documentId);
    if (!document || document.chunksTotal !== null) this.clearVectors(target);
    if (!document || document.reject(reason, this.clock.now()) === 'already') return;
    documentOutcomes.inc({ outcome: reason });
    await this.quota.giveBackDocument(target.tenantId);
    await this.dropContent(target);
  }

  private async dropContent({ documentId, tenantId }: Target): Promise<void> {
    await em().nativeDelete(DocumentContent, { documentId, tenantId });
  }

  private clearVectors({ tenantId, documentId }: Pick<Target, 'tenantId' | 'documentId'>): void {
    enqueue(RemoveVectorsJob, { tenant_id: tenantId, document_id: documentId });
  }
}

/** Why the document is given up, or null when the job should be tried again. */
function rejectionOf(error: unknown, run: JobRun): ProblemCode | null {
  if (error instanceof Unreadable) return error.code;
  // Stopped from outside says nothing about the document; the sweep ends it if no attempt ever gets through.
  if (run.signal.aborted) return null;
  return run.endsWith(error) ? 'document_indexing_failed' : null;
}

/** What is refused for our own account's sake (no credit, a wrong key) is mended by operators, so the document waits for them. */
function patientError(error: unknown): unknown {
  if (!(error instanceof GiveUp) || error.stoppedForMs !== undefined) return error;
  const { vendor, operation, status, code } = error;
  return new RetryLater('outage', { vendor, operation, status, code });
}
