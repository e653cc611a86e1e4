import { Unreadable } from './limits.ts';

/** Everything below the space but tab, line feed, form feed and carriage return: no text has these. */
const controls = new Set([...Array(32).keys()].filter((code) => ![9, 10, 12, 13].includes(code)));

function looksBinary(text: string): boolean {
  for (let at = 0; at < Math.min(text.length, 100_000); at++) if (controls.has(text.charCodeAt(at))) return true;
  return false;
}

/**
 * Decodes a text file: by its byte order mark, else as UTF-8, else as Windows-1252, the most common rest on customers'
 * disks. Bytes that are no text under any of them were given a wrong ending.
 */
export function decodeText(bytes: Uint8Array): string {
  const mark = Buffer.from(bytes.subarray(0, 2)).toString('hex');
  const encoding = mark === 'fffe' ? 'utf-16le' : mark === 'feff' ? 'utf-16be' : 'utf-8';
  let text: string;
  try {
    text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    text = new TextDecoder('windows-1252').decode(bytes);
  }
  if (looksBinary(text)) throw new Unreadable('document_type_mismatch');
  return text;
}
