import type { Source } from '@latchkey/contracts';
import { findHighlights } from './find-highlights.js';
import type { Passage } from './prompt.js';

/** Passages as the customer sees them, numbered as in the answer: what it says with `[n]` is marked in the nth. */
export function describeSources(passages: readonly Passage[], answer: string): Source[] {
  return passages.map(({ documentId, title, text, chunk, score, sample }, at) => ({
    document_id: documentId,
    title,
    passage: text,
    chunk,
    highlights: findHighlights(answer, at + 1, text),
    score,
    sample,
  }));
}
