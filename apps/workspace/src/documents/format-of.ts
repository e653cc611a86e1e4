import { extname } from 'node:path';
import { fileTypeFromBuffer } from 'file-type';
import { Unreadable, type DocumentFormat, type UnreadableCode } from './reading/limits.ts';
import { decodeText } from './reading/read-text.ts';

const formatsByEnding: Record<string, DocumentFormat> = {
  '.pdf': 'pdf',
  '.txt': 'txt',
  '.text': 'txt',
  '.md': 'md',
  '.markdown': 'md',
  '.docx': 'docx',
  '.html': 'html',
  '.htm': 'html',
};

/** What the first bytes must say. A password-protected DOCX is an OLE container (`cfb`), told apart while reading. */
const magicOf: Record<'pdf' | 'docx', readonly string[]> = { pdf: ['pdf'], docx: ['docx', 'zip', 'cfb'] };
/** Formats made of letters that are still no text for a reader. */
const noText = new Set(['pdf', 'rtf', 'zip', 'docx', 'ps', 'eps', 'pgp']);

/** Magic numbers stand at the front; more would have zip archives unpacked by the detector. */
const sniffBytes = 4_100;

/**
 * The format of an upload, when its ending names one and its content agrees. The client's MIME type is never asked:
 * it only repeats the ending, or lies. Returns the reason when there is no such format.
 */
export async function formatOf(
  filename: string,
  bytes: Buffer,
): Promise<{ format: DocumentFormat } | { refused: UnreadableCode | 'document_type_unsupported' }> {
  const format = formatsByEnding[extname(filename).toLowerCase()];
  if (!format) return { refused: 'document_type_unsupported' };
  if (bytes.length === 0) return { refused: 'document_empty' };
  const magic = (await fileTypeFromBuffer(bytes.subarray(0, sniffBytes)).catch(() => undefined))?.ext;
  if (format === 'pdf' || format === 'docx') {
    return magic && magicOf[format].includes(magic) ? { format } : { refused: 'document_type_mismatch' };
  }
  if (magic && noText.has(magic)) return { refused: 'document_type_mismatch' };
  try {
    decodeText(bytes);
    return { format };
  } catch (error) {
    if (error instanceof Unreadable) return { refused: error.code };
    throw error;
  }
}

/** The name a customer knows a document by: its file's name without ending, path and control characters. */
export function titleOf(filename: string): string {
  const name = filename.split(/[\\/]/).at(-1) ?? '';
  const plain = name.slice(0, name.length - extname(name).length).normalize('NFC');
  const title = plain
    .replace(/[\p{Cc}\p{Cf}]/gu, '')
    .replace(/\s+/g, ' ')
    .trim();
  return [...title].slice(0, 200).join('') || 'Untitled';
}
