import { DocumentPage, DocumentResponse } from '@latchkey/contracts';
import { ProblemError } from '@latchkey/shared/errors';
import { OpenApi, Responds } from '@latchkey/shared/http';
import { Door, em } from '@latchkey/shared/persistence';
import { delay } from '@latchkey/shared/time';
import { Controller, Delete, Get, HttpCode, Inject, Param, Post, Query, Req, Res, UseGuards } from '@nestjs/common';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { Caller, CurrentCaller } from '../access/caller.js';
import { CallerGuard } from '../access/caller.guard.js';
import { CONFIG, type Config } from '../config.js';
import { AcceptDocument } from './accept-document.js';
import { DeleteDocument } from './delete-document.js';
import { describeDocument, type DocumentAnswer } from './describe-document.js';
import { Document } from './document.entity.js';
import { receiveUpload } from './receive-upload.js';

/** How long an upload's answer waits for the document to become searchable, so that most people never see a progress bar. */
const waitForIndexMs = 5_000;
const firstLookMs = 40;
const uploadPauseSeconds = 2;
const longestPauseMs = 300;

const Page = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(50),
  /** The last document of the page before. */
  after: z.string().max(64).optional(),
});

@Controller('v1/documents')
@UseGuards(CallerGuard)
export class DocumentsController {
  private uploads = 0;
  private readonly uploadsOf = new Map<string, number>();

  constructor(
    private readonly door: Door,
    private readonly acceptDocument: AcceptDocument,
    private readonly deleteDocument: DeleteDocument,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * 201 when the document is searchable, 202 while it is still being worked on, the reason when it cannot be used. With
   * `Prefer: respond-async` (RFC 7240) at once, for a page that watches the document being read.
   */
  @Post()
  @OpenApi(({ ApiConsumes }) => ApiConsumes('multipart/form-data'))
  @OpenApi(({ ApiBody }) =>
    ApiBody({ schema: { type: 'object', properties: { file: { type: 'string', format: 'binary' } } } }),
  )
  @Responds(DocumentResponse, 201)
  @Responds(DocumentResponse, 202)
  async upload(
    @CurrentCaller() caller: Caller,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<DocumentAnswer> {
    const documentId = await this.takeIn(caller, request);
    const document = await this.untilFinished(
      caller.tenantId,
      documentId,
      prefersNotToWait(request) ? 0 : waitForIndexMs,
    );
    if (document.rejectedFor) throw new ProblemError(document.rejectedFor);
    response.status(document.isFinished() ? 201 : 202);
    return describeDocument(document);
  }

  @Get()
  @Responds(DocumentPage)
  async list(
    @CurrentCaller() { tenantId }: Caller,
    @Query({ schema: Page }) { limit, after }: z.infer<typeof Page>,
  ): Promise<{ documents: DocumentAnswer[]; next_after: string | null }> {
    const documents = await this.door.read('list-documents', async () => {
      const last = after === undefined ? null : await em().findOne(Document, { id: after, tenantId });
      if (after !== undefined && !last) throw new ProblemError('document_not_found');
      const older = last && {
        $or: [{ uploadedAt: { $lt: last.uploadedAt } }, { uploadedAt: last.uploadedAt, id: { $lt: last.id } }],
      };
      return em().find(
        Document,
        { tenantId, ...older },
        { orderBy: { uploadedAt: 'desc', id: 'desc' }, limit: limit + 1 },
      );
    });
    const page = documents.slice(0, limit);
    const next = documents.length > limit ? page.at(-1) : undefined;
    return { documents: page.map(describeDocument), next_after: next?.id ?? null };
  }

  @Get(':document_id')
  @Responds(DocumentResponse)
  async read(@CurrentCaller() caller: Caller, @Param('document_id') documentId: string): Promise<DocumentAnswer> {
    return describeDocument(await this.find(caller.tenantId, documentId));
  }

  @Delete(':document_id')
  @HttpCode(204)
  async remove(@CurrentCaller() caller: Caller, @Param('document_id') documentId: string): Promise<void> {
    await this.door.commit('delete-document', () => this.deleteDocument.run(caller.tenantId, documentId));
  }

  /**
   * Each upload holds its bytes in memory until they are in the database, so their number is bounded. The last quarter
   * is for tenants who have none under way: one who sends slowly would otherwise keep everybody out.
   */
  private async takeIn(caller: Caller, request: Request): Promise<string> {
    const { UPLOAD_CONCURRENCY: max } = this.config;
    const own = this.uploadsOf.get(caller.tenantId) ?? 0;
    if (own > 0 && this.uploads >= max - Math.floor(max / 4))
      throw new ProblemError('rate_limited', { retryAfterSeconds: uploadPauseSeconds });
    if (this.uploads >= max) throw new ProblemError('unavailable', { retryAfterSeconds: uploadPauseSeconds });
    this.uploads += 1;
    this.uploadsOf.set(caller.tenantId, own + 1);
    try {
      const upload = await receiveUpload(request);
      return await this.acceptDocument.run(caller.tenantId, upload);
    } catch (error) {
      if (error instanceof ProblemError && error.code === 'document_too_large') {
        throw await this.acceptDocument.refuse(caller.tenantId, error.code);
      }
      throw error;
    } finally {
      this.uploads -= 1;
      this.uploadEnded(caller.tenantId);
    }
  }

  private uploadEnded(tenantId: string): void {
    const left = (this.uploadsOf.get(tenantId) ?? 1) - 1;
    if (left > 0) this.uploadsOf.set(tenantId, left);
    else this.uploadsOf.delete(tenantId);
  }

  private async untilFinished(tenantId: string, documentId: string, waitMs: number): Promise<Document> {
    if (waitMs === 0) return this.find(tenantId, documentId);
    const deadlineMs = performance.now() + waitMs;
    for (let pauseMs = firstLookMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 1.5)) {
      await delay(pauseMs);
      const document = await this.find(tenantId, documentId);
      if (document.isFinished() || performance.now() > deadlineMs) return document;
    }
  }

  private async find(tenantId: string, documentId: string): Promise<Document> {
    const document = await this.door.read('find-document', () => em().findOne(Document, { id: documentId, tenantId }));
    if (!document) throw new ProblemError('document_not_found');
    return document;
  }
}

function prefersNotToWait(request: Request): boolean {
  return /\brespond-async\b/i.test(request.get('prefer') ?? '');
}
