import { crc32, deflateRawSync } from 'node:zlib';

/** A PDF by hand: one page per text, and whatever else the trailer should say. */
export function pdf(pages: readonly string[], trailer = ''): Buffer {
  const objects = [
    '<</Type/Catalog/Pages 2 0 R>>',
    `<</Type/Pages/Count ${pages.length}/Kids[${pages.map((_, at) => `${4 + 2 * at} 0 R`).join(' ')}]>>`,
    '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>',
  ];
  pages.forEach((text, at) => {
    const lines = text.replace(/([()\\])/g, '\\$1').split('\n');
    const stream = `BT /F1 12 Tf 14 TL 40 700 Td ${lines.map((line) => `(${line}) Tj T*`).join(' ')} ET`;
    objects.push(
      `<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Resources<</Font<</F1 3 0 R>>>>/Contents ${5 + 2 * at} 0 R>>`,
      `<</Length ${stream.length}>>\nstream\n${stream}\nendstream`,
    );
  });
  let body = '%PDF-1.4\n';
  const offsets = objects.map((object, at) => {
    const offset = body.length;
    body += `${at + 1} 0 obj\n${object}\nendobj\n`;
    return `${String(offset).padStart(10, '0')} 00000 n \n`;
  });
  const table = `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${offsets.join('')}`;
  return Buffer.from(
    `${body}${table}trailer\n<</Size ${objects.length + 1}/Root 1 0 R${trailer}>>\nstartxref\n${body.length}\n%%EOF\n`,
    'latin1',
  );
}

/** A PDF that asks for a password: the empty one does not fit its /U entry. */
export function encryptedPdf(): Buffer {
  const entry = '5a'.repeat(32);
  return pdf(
    ['Nobody reads this'],
    `/ID[<${'ab'.repeat(16)}><${'ab'.repeat(16)}>]/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<${entry}>/U<${entry}>>>`,
  );
}

/** A PDF whose page's content never stops saying something: minutes of work for a reader, in a few kilobytes. */
export function endlessPdf(): Buffer {
  const operators = Buffer.from('BT /F1 1 Tf (x) Tj ET\n'.repeat(1_500_000));
  const packed = deflateRawSync(operators, { level: 9 });
  // zlib's envelope around the raw stream; readers do not check its checksum.
  const stream = Buffer.concat([Buffer.from([0x78, 0xda]), packed, Buffer.alloc(4)]);
  const head = Buffer.from(
    '%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Count 1/Kids[3 0 R]>>\nendobj\n' +
      '3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Resources<</Font<</F1 5 0 R>>>>/Contents 4 0 R>>\nendobj\n' +
      '5 0 obj\n<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>\nendobj\n' +
      `4 0 obj\n<</Length ${stream.length}/Filter/FlateDecode>>\nstream\n`,
  );
  return Buffer.concat([head, stream, Buffer.from('\nendstream\nendobj\ntrailer\n<</Root 1 0 R>>\n%%EOF\n')]);
}

/** A zip archive of deflated entries. */
export function zip(entries: Readonly<Record<string, string | Buffer>>): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(entries)) {
    const raw = Buffer.from(content);
    const packed = deflateRawSync(raw);
    const sizes = Buffer.alloc(12);
    sizes.writeUInt32LE(crc32(raw), 0);
    sizes.writeUInt32LE(packed.length, 4);
    sizes.writeUInt32LE(raw.length, 8);
    const versionToTime = Buffer.from([20, 0, 0, 0, 8, 0, 0, 0, 0x21, 0x58]);
    const lengths = Buffer.from([name.length, 0, 0, 0]);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), versionToTime, sizes, lengths, Buffer.from(name), packed]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    const header = [Buffer.from('PK\x01\x02'), Buffer.from([20, 0]), versionToTime, sizes, lengths, place];
    centrals.push(Buffer.concat([...header, Buffer.from(name)]));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(centrals.length, 8);
  end.writeUInt16LE(centrals.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

const wordTypes = `<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`;
const wordRelations = `<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`;

/** A Word document of plain paragraphs. `extra` adds parts, for archives that are too good to be true. */
export function docx(paragraphs: readonly string[], extra: Readonly<Record<string, Buffer>> = {}): Buffer {
  const body = paragraphs.map((text) => `<w:p><w:r><w:t>${text}</w:t></w:r></w:p>`).join('');
  return zip({
    '[Content_Types].xml': wordTypes,
    '_rels/.rels': wordRelations,
    'word/document.xml': `<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>${body}</w:body></w:document>`,
    ...extra,
  });
}

/** Sixty megabytes of zeros in sixty kilobytes. */
export function zipBomb(): Buffer {
  return docx(['Harmless.'], { 'word/media/image1.bmp': Buffer.alloc(60 * 1024 * 1024) });
}
