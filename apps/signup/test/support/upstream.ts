import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Seen {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

type Handle = (seen: Seen, response: ServerResponse) => void;

/** A service behind the gateway, reduced to what it was sent and what it answers. */
export interface Upstream {
  url: string;
  seen: Seen[];
  /** How the next requests are answered; the default is 200 with what was seen. */
  answer: (handle: Handle) => void;
  /** Answers before the body is read, as a server that refuses an upload does. */
  refuseEarly: (status: number, body: object) => void;
  stop: () => Promise<void>;
}

export async function startUpstream(): Promise<Upstream> {
  const seen: Seen[] = [];
  let handle: Handle = (request, response) => json(response, 200, { path: request.url });
  let early: { status: number; body: object } | null = null;
  const server = createServer((request, response) => {
    if (early) {
      const { status, body } = early;
      early = null;
      // Long enough for every buffer on the way to be full, so that the sender stands still when the refusal comes.
      setTimeout(() => json(response, status, body), 200);
      return;
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const entry = {
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks),
      };
      seen.push(entry);
      handle(entry, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    answer: (next) => (handle = next),
    refuseEarly: (status, body) => (early = { status, body }),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function json(response: ServerResponse, status: number, body: object): void {
  const type = status < 400 ? 'application/json' : 'application/problem+json';
  response.writeHead(status, { 'content-type': type }).end(JSON.stringify(body));
}
