import { DocumentResponse } from '@latchkey/contracts';
import { ProblemError } from '@latchkey/shared/errors';
import { Inject, Injectable } from '@nestjs/common';
import type { Readable } from 'node:stream';
import { CONFIG, type Config } from '../config.js';
import { LoadTenant } from '../tenants/load-tenant.js';
import { isProblemCode, throwAway, WorkspaceClient } from './workspace-client.js';

/** A little above workspace's own 10 MB, for what multipart adds. */
const uploadBytesMax = 11 * 1_024 * 1_024;

/** The customer's multipart request as it comes in. */
export interface Upload {
  authorization: string;
  contentType: string;
  contentLength: string | undefined;
  body: Readable;
}

export interface UploadAnswer {
  success: true;
  chunks_created: number;
  document_id: string;
  state: string;
  message: string;
}

/** The wizard's second step (S4.4). The document goes through to workspace without being kept here. */
@Injectable()
export class UploadFirstDocument {
  constructor(
    private readonly loadTenant: LoadTenant,
    private readonly workspace: WorkspaceClient,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async run(tenantId: string, { authorization, contentType, contentLength, body }: Upload): Promise<UploadAnswer> {
    await this.loadTenant.active(tenantId);
    if (!contentType.startsWith('multipart/form-data')) throw new ProblemError('document_missing');
    if (Number(contentLength ?? 0) > uploadBytesMax) {
      throwAway(body);
      throw new ProblemError('document_too_large');
    }
    const length = contentLength === undefined ? {} : { 'content-length': contentLength };
    const headers = { 'content-type': contentType, ...length };
    const path = '/v1/documents';
    const document = await this.workspace.post({
      ...{ path, authorization, headers, body },
      answer: DocumentResponse,
      answerWithinMs: this.config.WORKSPACE_UPLOAD_TIMEOUT_MS,
    });
    // The seed answered a failure with 200 (FEATURES section 5, trap 11); a document nobody can ask about is a refusal.
    if (document.state === 'rejected') {
      const code = document.reason?.code ?? '';
      throw new ProblemError(isProblemCode(code) ? code : 'document_unreadable');
    }
    const message =
      document.state === 'indexed'
        ? 'Document uploaded! Now try asking a question about it.'
        : 'Document uploaded. It is being read and can be asked about in a moment.';
    const { chunks_created, document_id, state } = document;
    return { success: true, chunks_created, document_id, state, message };
  }
}
