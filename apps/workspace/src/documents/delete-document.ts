import { ProblemError } from '@latchkey/shared/errors';
import { enqueue } from '@latchkey/shared/jobs';
import { em } from '@latchkey/shared/persistence';
import { Injectable } from '@nestjs/common';
import { Quota } from '../quota/quota.js';
import { DocumentContent, lockDocument } from './document.entity.js';
import { RemoveVectorsJob } from './job-contracts.js';

/**
 * Deletes a document. From the commit on no question can quote it, because passages are checked against the database;
 * its vectors follow in a job that is tried until they are gone.
 */
@Injectable()
export class DeleteDocument {
  constructor(private readonly quota: Quota) {}

  async run(tenantId: string, documentId: string): Promise<void> {
    const document = await lockDocument(tenantId, documentId);
    if (!document) throw new ProblemError('document_not_found');
    em().remove(document);
    await em().nativeDelete(DocumentContent, { documentId, tenantId });
    if (document.state === 'rejected') return;
    await this.quota.giveBackDocument(tenantId);
    enqueue(RemoveVectorsJob, { tenant_id: tenantId, document_id: documentId });
  }
}
