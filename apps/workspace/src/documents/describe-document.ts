import { problems, type DocumentResponse } from '@latchkey/contracts';
import type { z } from 'zod';
import type { Document } from './document.entity.js';

export type DocumentAnswer = z.infer<typeof DocumentResponse>;

/** A document as its owner sees it: the true state, how far it is, and why it was refused. */
export function describeDocument(document: Document): DocumentAnswer {
  const { rejectedFor } = document;
  return {
    document_id: document.id,
    title: document.title,
    format: document.format,
    bytes: document.bytes,
    state: document.state,
    chunks_created: document.chunksCreated,
    chunks_total: document.chunksTotal ?? null,
    reason: rejectedFor ? { code: rejectedFor, message: problems[rejectedFor].title } : null,
    uploaded_at: document.uploadedAt.toISOString(),
  };
}
