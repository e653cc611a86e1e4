import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request as it arrived, byte for byte in `body`. */
export interface WireRequest {
  method: string;
  /** Path with its query. */
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/**
 * What the server does with a request: answers, or misbehaves on the wire. `hang` never answers; `reset` cuts the
 * connection; `cut-body` announces more bytes than it sends; `drip` sends one byte every 20 ms for ever.
 */
export type WireAnswer =
  | 'hang'
  | 'reset'
  | 'cut-body'
  | 'drip'
  | { status?: number; headers?: Record<string, string>; body?: string | object };

export interface WireServer extends AsyncDisposable {
  url: string;
  requests: WireRequest[];
  close(): Promise<void>;
}

/** A plain local HTTP server for tests of clients: `play` decides per request; attempts count from 1. */
export async function startWireServer(
  play: (request: WireRequest, attempt: number) => WireAnswer,
): Promise<WireServer> {
  const requests: WireRequest[] = [];
  const drips = new Set<NodeJS.Timeout>();
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const { method = '', url: path = '', headers } = incoming;
      const request = { method, path, headers, body: Buffer.concat(chunks).toString() };
      requests.push(request);
      const answer = play(request, requests.length);
      if (answer === 'hang') return;
      if (answer === 'reset') return incoming.socket.resetAndDestroy();
      if (answer === 'cut-body') {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' }).write('{"half":');
        return setTimeout(() => incoming.socket.destroy(), 20);
      }
      if (answer === 'drip') {
        response.writeHead(200, { 'content-type': 'application/json' });
        return drips.add(setInterval(() => response.write(' '), 20));
      }
      const { status = 200, body = '', headers: answerHeaders = {} } = answer;
      response.writeHead(status, { 'content-type': 'application/json', ...answerHeaders });
      return response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      for (const drip of drips) clearInterval(drip);
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${port}`, requests, close, [Symbol.asyncDispose]: close };
}

/** A local port where nobody listens: connecting to it is refused at once. */
export async function refusedUrl(): Promise<string> {
  const server = await startWireServer(() => 'hang');
  await server.close();
  return server.url;
}
