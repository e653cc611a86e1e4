import { enqueue, idsWithLiveJob, OnJob, OnSchedule, type JobData, type JobRun } from '@latchkey/shared/jobs';
import { Door, em, sql } from '@latchkey/shared/persistence';
import { nameTenant } from '@latchkey/shared/observability';
import { Clock } from '@latchkey/shared/time';
import { PineconeNamespaces } from '@latchkey/vendor-pinecone';
import { LockMode } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { Quota } from '../quota/quota.js';
import { Document, DocumentContent } from './document.entity.js';
import { IndexDocument } from './index-document.js';
import { IndexDocumentJob, RemoveVectorsJob } from './job-contracts.js';
import { documentOutcomes } from './outcomes.js';

/** A document and its job are written in one commit; a minute more keeps the watch away from what has just begun. */
const jobGraceMs = 60_000;
/** How long a document waits for vendors that are away (FEATURES lesson 15); then its owner is told. */
const unfinishedMs = 6 * 3_600_000;
/** How long a rejected document is listed with its reason. */
const keepRejectedMs = 30 * 24 * 3_600_000;
const sweepMax = 200;

@Injectable()
export class DocumentJobs {
  constructor(
    private readonly door: Door,
    private readonly clock: Clock,
    private readonly indexDocument: IndexDocument,
    private readonly pinecone: PineconeNamespaces,
    private readonly quota: Quota,
  ) {}

  @OnJob(IndexDocumentJob)
  async index(data: JobData<typeof IndexDocumentJob>, run: JobRun): Promise<void> {
    nameTenant(data.tenant_id);
    await this.indexDocument.run(data.tenant_id, data.document_id, run);
  }

  /** Deletes vectors whose owner is gone already. An erased tenant loses its whole namespace, also what came late. */
  @OnJob(RemoveVectorsJob)
  async removeVectors(data: JobData<typeof RemoveVectorsJob>, _run: JobRun): Promise<void> {
    nameTenant(data.tenant_id);
    const [runtime] = await this.door.read('find-runtime', () =>
      sql<{ state: string; namespace: string }>('select state, namespace from runtime where tenant_id = $1', [
        data.tenant_id,
      ]),
    );
    if (!runtime) return;
    if (data.document_id === null || runtime.state === 'erased') {
      await this.pinecone.deleteNamespace(runtime.namespace);
    } else {
      await this.pinecone.deleteByFilter(runtime.namespace, { document_id: { $eq: data.document_id } });
    }
  }

  @OnSchedule({ name: 'sweep-documents', cron: '*/5 * * * *' })
  async sweep(run: JobRun): Promise<void> {
    await run.commit(() => this.endUnfinished());
  }

  /**
   * No document stays unfinished for ever: rejected with a reason when its job died without a word, and when its vendors
   * were away for longer than a customer waits. Inside a door.
   */
  async endUnfinished(): Promise<void> {
    const now = this.clock.now();
    const before = (ms: number) => new Date(now.getTime() - ms);
    const unfinished = await em().find(
      Document,
      { state: { $in: ['received', 'reading', 'indexing'] }, uploadedAt: { $lt: before(jobGraceMs) } },
      { orderBy: { uploadedAt: 'asc' }, limit: sweepMax, lockMode: LockMode.PESSIMISTIC_PARTIAL_WRITE },
    );
    const ids = unfinished.map(({ id }) => id);
    const alive = await idsWithLiveJob(IndexDocumentJob, 'document_id', ids);
    for (const document of unfinished) {
      if (alive.has(document.id) && document.uploadedAt > before(unfinishedMs)) continue;
      document.reject('document_indexing_failed', now);
      documentOutcomes.inc({ outcome: 'document_indexing_failed' });
      enqueue(RemoveVectorsJob, { tenant_id: document.tenantId, document_id: document.id });
      await this.quota.giveBackDocument(document.tenantId);
      await em().nativeDelete(DocumentContent, { documentId: document.id });
    }
    await em().nativeDelete(Document, { state: 'rejected', uploadedAt: { $lt: before(keepRejectedMs) } });
  }
}
