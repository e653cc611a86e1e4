import { expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer, request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Request } from 'express';
import { receiveUpload } from './receive-upload.js';

/** Sends an upload, goes away, and hands out what the server is left with. */
async function abandonedUpload(body: string, length: number): Promise<IncomingMessage> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sender = request({
    port: (server.address() as AddressInfo).port,
    method: 'POST',
    headers: { 'content-type': 'multipart/form-data; boundary=x', 'content-length': length },
  });
  sender.on('error', () => undefined);
  sender.write(body);
  const [received] = (await once(server, 'request')) as [IncomingMessage];
  // Not `once`, which throws the 'aborted' that comes first.
  const closed = new Promise((resolve) => received.on('error', () => undefined).on('close', resolve));
  sender.destroy();
  await closed;
  server.close();
  return received;
}

const whole = '--x\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\nHello.\r\n--x--\r\n';

test.each([
  ['half a body', '--x\r\n', 1_000],
  ['a whole body', whole, whole.length],
])(
  'an upload of %s whose sender left before anybody listened ends at once and holds no place',
  async (_, body, length) => {
    const upload = receiveUpload((await abandonedUpload(body, length)) as Request);
    await expect(upload).rejects.toMatchObject({ code: 'invalid_request' });
  },
);
