import { expect, test } from '@jest/globals';
import { docx, encryptedPdf, pdf, zip, zipBomb } from '../../../test/support/files.js';
import { readDocument } from './read-document.ts';
import type { DocumentFormat } from './limits.ts';

const read = (format: DocumentFormat, bytes: Buffer | string): Promise<string[]> =>
  readDocument(format, new Uint8Array(Buffer.from(bytes)));

test('a PDF is read page by page', async () => {
  const chunks = await read('pdf', pdf(['The first page is about returns.', 'The second page is about shipping.']));
  expect(chunks).toEqual(['The first page is about returns.\nThe second page is about shipping.']);
});

test('a DOCX is read with its paragraphs apart', async () => {
  expect(await read('docx', docx(['Returns take 45 days.', 'Shipping is free.']))).toEqual([
    'Returns take 45 days.\nShipping is free.',
  ]);
});

test('of an HTML page the words are read, not scripts, styles or link targets', async () => {
  const html =
    '<html><head><title>T</title><style>p{color:red}</style><script>alert("x")</script></head>' +
    '<body><h2>Opening &amp; closing</h2><p>We open at <a href="https://evil.example">nine o’clock</a>.</p>' +
    '<table><tr><td>Monday</td><td>9-17</td></tr></table></body></html>';
  const [chunk] = await read('html', html);
  expect(chunk).toMatch(/^Opening & closing\nWe open at nine o’clock\.\nMonday\s+9-17$/);
});

test('a Windows text file and a UTF-16 one are read like any other', async () => {
  expect(await read('txt', Buffer.from('Caf\xe9 au lait f\xfcr alle', 'latin1'))).toEqual(['Café au lait für alle']);
  const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('Sechzehn Bit sind genug', 'utf16le')]);
  expect(await read('txt', utf16)).toEqual(['Sechzehn Bit sind genug']);
});

const wordFile = Buffer.concat([Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]), Buffer.alloc(600)]);
const lockedWordFile = Buffer.concat([wordFile, Buffer.from('EncryptedPackage', 'utf16le'), Buffer.alloc(500)]);

test.each<[string, DocumentFormat, () => Buffer, string]>([
  ['a PDF with a password', 'pdf', encryptedPdf, 'document_encrypted'],
  ['a DOCX with a password', 'docx', () => lockedWordFile, 'document_encrypted'],
  ['an old .doc named .docx', 'docx', () => wordFile, 'document_type_mismatch'],
  ['a zip archive named .docx', 'docx', () => zip({ 'readme.txt': 'hello' }), 'document_type_mismatch'],
  ['a PDF of pictures only', 'pdf', () => pdf(['']), 'document_empty'],
  ['a text of blanks', 'txt', () => Buffer.from(' \n \t . - \n'), 'document_empty'],
  [
    'garbage after a PDF header',
    'pdf',
    () => Buffer.from(`%PDF-1.7\n${'garbage '.repeat(500)}`),
    'document_unreadable',
  ],
  ['half a DOCX', 'docx', () => docx(['Something']).subarray(0, 300), 'document_unreadable'],
  ['a zip bomb', 'docx', zipBomb, 'document_too_complex'],
  ['a PDF of 501 pages', 'pdf', () => pdf(Array<string>(501).fill('page')), 'document_too_complex'],
  ['an archive of 2,001 files', 'docx', () => docx(['x'], parts(2_001)), 'document_too_complex'],
])('%s is refused with a reason', async (_name, format, bytes, code) => {
  await expect(read(format, bytes())).rejects.toMatchObject({ code });
});

function parts(count: number): Record<string, Buffer> {
  return Object.fromEntries(Array.from({ length: count }, (_, at) => [`word/part${at}.xml`, Buffer.from('<a/>')]));
}
