/**
 * How much of a document is read before it counts as too complex (VENDORS 9). Within these, reading ends in seconds;
 * what lies beyond is either an attack or a book that answers better in parts.
 */
export const readingLimits = {
  pagesMax: 500,
  charactersMax: 2_000_000,
  chunksMax: 2_000,
  /** A DOCX is a zip archive: what it may unpack to, how strongly, and into how many files. */
  unpackedBytesMax: 50 * 1024 * 1024,
  unpackRatioMax: 100,
  zipEntriesMax: 2_000,
} as const;

export const documentFormats = ['pdf', 'txt', 'md', 'docx', 'html'] as const;
export type DocumentFormat = (typeof documentFormats)[number];

/** Why a document cannot be used: each is a problem code with a public text a person can act on. */
export type UnreadableCode =
  'document_encrypted' | 'document_empty' | 'document_unreadable' | 'document_too_complex' | 'document_type_mismatch';

/** A document that cannot be used, whatever is tried. */
export class Unreadable extends Error {
  readonly code: UnreadableCode;

  constructor(code: UnreadableCode) {
    super(code);
    this.code = code;
  }
}

/** What the parent sends to the reading child, and the one answer it gets. */
export interface ReadingTask {
  format: DocumentFormat;
  bytes: Uint8Array;
  /** When the child ends itself, in case its parent is no longer there to do it. */
  endAfterMs: number;
}
export type ReadingResult = { chunks: string[] } | { code: UnreadableCode };
