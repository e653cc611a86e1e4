import { DocumentRejected, type ProblemCode } from '@latchkey/contracts';
import { sha256Hex } from '@latchkey/shared/crypto';
import { ProblemError } from '@latchkey/shared/errors';
import { enqueue } from '@latchkey/shared/jobs';
import { Door, record, sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { Injectable } from '@nestjs/common';
import { Quota } from '../quota/quota.js';
import type { RuntimeState } from '../runtime/runtime.entity.js';
import { Document } from './document.entity.js';
import { documentOutcomes } from './outcomes.js';
import { formatOf, titleOf } from './format-of.js';
import { IndexDocumentJob } from './job-contracts.js';
import type { Upload } from './receive-upload.js';

/**
 * Takes an upload in: place in the quota, row, bytes and the job that reads them, in one commit. The same file once more
 * is the document it became the first time: its sender got no answer, and must not pay for asking again.
 */
@Injectable()
export class AcceptDocument {
  constructor(
    private readonly door: Door,
    private readonly clock: Clock,
    private readonly quota: Quota,
  ) {}

  async run(tenantId: string, upload: Upload): Promise<string> {
    const known = await formatOf(upload.filename, upload.bytes);
    if ('refused' in known) throw await this.refuse(tenantId, known.refused);
    const { bytes } = upload;
    const title = titleOf(upload.filename);
    const contentHash = sha256Hex(bytes);
    const accepted = await this.door.commit('accept-document', async () => {
      await this.lockOpen(tenantId);
      const [same] = await sql<{ id: string }>(
        `select id from document where tenant_id = $1 and content_hash = $2 and title = $3 and state <> 'rejected'`,
        [tenantId, contentHash, title],
      );
      if (same) return { state: 'accepted' as const, id: same.id };
      const place = await this.quota.reserveDocument(tenantId);
      if (place.state !== 'reserved') return place;
      const slot = await this.quota.takeUploadSlot(tenantId);
      if (slot.state !== 'reserved') {
        await this.quota.giveBackDocument(tenantId);
        return slot;
      }
      const wish = { tenantId, title, format: known.format, bytes: bytes.length, contentHash };
      const document = Document.receive(wish, this.clock.now());
      // Not through the EntityManager: it would compare ten megabytes byte by byte before it writes them.
      await sql('insert into document_content (document_id, tenant_id, content) values ($1, $2, $3)', [
        document.id,
        tenantId,
        bytes,
      ]);
      enqueue(IndexDocumentJob, { tenant_id: tenantId, document_id: document.id });
      return { state: 'accepted' as const, id: document.id };
    });
    if (accepted.state === 'accepted') return accepted.id;
    if (accepted.state === 'exceeded') throw new ProblemError('quota_documents_exceeded');
    throw new ProblemError('rate_limited', { retryAfterSeconds: accepted.retryAfterSeconds });
  }

  /**
   * Tells everybody that an upload was refused before it became a document, and returns the problem for the caller.
   * It costs a request of the minute like any upload, so that nobody can fill the outbox with refusals.
   */
  async refuse(tenantId: string, reason: ProblemCode): Promise<ProblemError> {
    documentOutcomes.inc({ outcome: reason });
    const slot = await this.door.commit('refuse-upload', async () => {
      await this.lockOpen(tenantId);
      const taken = await this.quota.takeUploadSlot(tenantId);
      if (taken.state === 'reserved') record(DocumentRejected, tenantId, { document_id: null, reason });
      return taken;
    });
    if (slot.state === 'reserved') return new ProblemError(reason);
    return new ProblemError('rate_limited', { retryAfterSeconds: slot.retryAfterSeconds });
  }

  /**
   * The tenant's row first, its period second: the same order as everywhere, so that nobody deadlocks. An upload takes
   * its time, and its tenant may be erased meanwhile: then nothing may be written any more.
   */
  private async lockOpen(tenantId: string): Promise<void> {
    const [runtime] = await sql<{ state: RuntimeState }>('select state from runtime where tenant_id = $1 for update', [
      tenantId,
    ]);
    if (runtime?.state !== 'open') throw new ProblemError('workspace_not_open');
  }
}
