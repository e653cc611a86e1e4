import { readingLimits, Unreadable, type DocumentFormat } from './limits.ts';
import { decodeText } from './read-text.ts';
import { splitText } from './splitter.ts';

/** Fewer letters than this are a scan's page numbers or an empty form: nothing a question could be answered from. */
const lettersMin = 10;

/** The libraries are loaded when their format comes: most of a child's short life is start-up time. */
async function textOf(format: DocumentFormat, bytes: Uint8Array): Promise<string> {
  switch (format) {
    case 'pdf':
      return (await import('./read-pdf.ts')).readPdf(bytes);
    case 'docx':
      return (await import('./read-docx.ts')).readDocx(bytes);
    case 'html':
      return (await import('./read-html.ts')).readHtml(decodeText(bytes));
    case 'md':
      return decodeText(bytes).replace(/!\[[^\]]*\]\([^)]*\)/g, '');
    case 'txt':
      return decodeText(bytes);
  }
}

/** Reads a document into the passages that will be searched, or throws `Unreadable` with the reason. */
export async function readDocument(format: DocumentFormat, bytes: Uint8Array): Promise<string[]> {
  const text = (await textOf(format, bytes)).normalize('NFC').replaceAll('\u0000', '');
  if (text.length > readingLimits.charactersMax) throw new Unreadable('document_too_complex');
  if ((text.match(/[\p{L}\p{N}]/gu)?.length ?? 0) < lettersMin) throw new Unreadable('document_empty');
  return splitText(text);
}
