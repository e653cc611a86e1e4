import { ProblemError } from '@latchkey/shared/errors';
import busboy from 'busboy';
import type { Request } from 'express';

export const documentBytesMax = 10 * 1024 * 1024;
/** A body beyond this is not even drained: whoever sends it is cut off instead of being answered nicely. */
const drainBytesMax = 32 * 1024 * 1024;
const uploadTimeoutMs = 120_000;

export interface Upload {
  filename: string;
  bytes: Buffer;
}

/**
 * Takes the field `file` of a multipart body. At most 10 MB of it are ever held; the rest is read and thrown away, so
 * that an ordinary client gets to read its 413 instead of a broken connection.
 */
export async function receiveUpload(request: Request): Promise<Upload> {
  if (!/^multipart\/form-data\b/i.test(request.headers['content-type'] ?? '')) {
    throw new ProblemError('unsupported_media_type', {
      detail: 'Send the document as multipart/form-data, field `file`.',
    });
  }
  if (Number(request.headers['content-length'] ?? 0) > drainBytesMax) throw cutOff(request);
  // Gone while we looked who it was: such a stream says nothing any more, not even that it ended.
  if (request.destroyed) throw malformed();
  let parser: busboy.Busboy;
  try {
    parser = busboy({
      headers: request.headers,
      defParamCharset: 'utf8',
      // One byte more than allowed, so that a document of exactly 10 MB is told from a longer one.
      limits: { files: 1, fields: 10, fieldSize: 1_024, parts: 12, headerPairs: 50, fileSize: documentBytesMax + 1 },
    });
  } catch {
    throw malformed();
  }
  const { promise, resolve, reject } = Promise.withResolvers<Upload>();
  const timer = setTimeout(() => reject(new ProblemError('timed_out')), uploadTimeoutMs);
  let received = 0;
  request.on('data', (data: Buffer) => {
    received += data.length;
    if (received > drainBytesMax) reject(cutOff(request));
  });
  // Not `complete`: a body that arrived whole and was not read before its sender left is never handed out.
  request.once('close', () => request.readableEnded || reject(malformed()));
  let upload: Upload | undefined;
  let tooLarge = false;
  parser.on('file', (field, stream, { filename }) => {
    if (field !== 'file') return stream.resume();
    const pieces: Buffer[] = [];
    stream.on('limit', () => {
      tooLarge = true;
      pieces.length = 0;
    });
    stream.on('error', () => reject(malformed()));
    stream.on('data', (piece: Buffer) => void (tooLarge || pieces.push(piece)));
    stream.on('end', () => (upload = { filename: filename ?? '', bytes: Buffer.concat(pieces) }));
  });
  parser.once('error', () => reject(malformed()));
  parser.once('close', () => {
    if (tooLarge) reject(new ProblemError('document_too_large'));
    else if (upload) resolve(upload);
    else reject(new ProblemError('document_missing'));
  });
  request.pipe(parser);
  try {
    return await promise;
  } catch (error) {
    request.unpipe(parser);
    request.resume();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function malformed(): ProblemError {
  return new ProblemError('invalid_request', { detail: 'The multipart body is damaged or ended too early.' });
}

/** The connection is closed after the answer, with whatever was still to come. */
function cutOff(request: Request): ProblemError {
  request.res?.setHeader('connection', 'close');
  return new ProblemError('document_too_large');
}
