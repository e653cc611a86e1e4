import mammoth from 'mammoth';
import yauzl from 'yauzl';
import { readingLimits, Unreadable } from './limits.ts';
import { readHtml } from './read-html.ts';

/** An OLE container: what Word writes when a DOCX gets a password, and what every old .doc is. */
const oleMagic = Buffer.from([0xd0, 0xcf, 0x11, 0xe0]);

/**
 * Looks at the archive's table of contents before anything is unpacked: a 79 KB file was seen to unpack to 80 MB
 * (VENDORS 9). A table that lies gets further, up to the memory limit of the child.
 */
async function refuseZipBomb(bytes: Buffer): Promise<void> {
  const names = new Set<string>();
  let unpackedBytes = 0;
  await new Promise<void>((resolve, reject) => {
    yauzl.fromBuffer(bytes, { lazyEntries: true }, (error, zip) => {
      if (error) return reject(new Unreadable('document_unreadable'));
      if (zip.entryCount > readingLimits.zipEntriesMax) return reject(new Unreadable('document_too_complex'));
      zip.on('error', () => reject(new Unreadable('document_unreadable')));
      zip.on('end', resolve);
      zip.on('entry', (entry: yauzl.Entry) => {
        names.add(entry.fileName);
        unpackedBytes += entry.uncompressedSize;
        const ratio = entry.uncompressedSize / Math.max(1, entry.compressedSize);
        if (entry.isEncrypted()) return reject(new Unreadable('document_encrypted'));
        const bomb = ratio > readingLimits.unpackRatioMax && entry.uncompressedSize > 1024 * 1024;
        if (bomb || unpackedBytes > readingLimits.unpackedBytesMax) {
          return reject(new Unreadable('document_too_complex'));
        }
        zip.readEntry();
      });
      zip.readEntry();
    });
  });
  if (!names.has('[Content_Types].xml') || ![...names].some((name) => name.startsWith('word/'))) {
    throw new Unreadable('document_type_mismatch');
  }
}

/** The text of a Word document with its headings; pictures are left out. */
export async function readDocx(bytes: Uint8Array): Promise<string> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.subarray(0, 4).equals(oleMagic)) {
    const locked = buffer.includes(Buffer.from('EncryptedPackage', 'utf16le'));
    throw new Unreadable(locked ? 'document_encrypted' : 'document_type_mismatch');
  }
  await refuseZipBomb(buffer);
  let html: string;
  try {
    const noPictures = mammoth.images.imgElement(() => Promise.resolve({ src: '' }));
    html = (await mammoth.convertToHtml({ buffer }, { convertImage: noPictures, externalFileAccess: false })).value;
  } catch {
    throw new Unreadable('document_unreadable');
  }
  return readHtml(html);
}
