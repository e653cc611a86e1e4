import { Problem } from '@latchkey/contracts';
import { ProblemError } from '@latchkey/shared/errors';
import { currentScope } from '@latchkey/shared/observability';
import { Inject, Injectable } from '@nestjs/common';
import { request as requestHttp, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Readable } from 'node:stream';
import { CONFIG, type Config } from '../config.js';

/** Longer than workspace's own limits, so that its answer and not our impatience decides. */
const timeoutMs = 45_000;
/** An answer of workspace is small; more is a mistake, and must not fill our memory. */
const answerBytesMax = 1_000_000;

export interface WorkspaceAnswer {
  status: number;
  body: unknown;
}

/** Calls workspace in the customer's own name: it sees the customer's token and decides, signup adds no rights. */
@Injectable()
export class WorkspaceClient {
  constructor(@Inject(CONFIG) private readonly config: Config) {}

  /** Sends a stream as it comes, so that an upload is never held in memory. A refusal may come before the body is through. */
  send(path: string, headers: OutgoingHttpHeaders, body: Readable): Promise<WorkspaceAnswer> {
    const url = new URL(path, this.config.WORKSPACE_URL);
    const scope = currentScope();
    const ids = scope ? { 'x-request-id': scope.correlationId, traceparent: scope.traceparent } : {};
    const request = url.protocol === 'https:' ? requestHttps : requestHttp;
    return new Promise((resolve, reject) => {
      const fail = (cause: unknown) =>
        reject(new ProblemError('upstream_unavailable', { cause, retryAfterSeconds: 2 }));
      const upstream = request(url, { method: 'POST', headers: { ...headers, ...ids }, timeout: timeoutMs });
      let answered = false;
      upstream.once('response', (response) => {
        answered = true;
        body.unpipe(upstream);
        throwAway(body);
        readAnswer(response).then(resolve, fail);
      });
      upstream.once('timeout', () => upstream.destroy(new Error('workspace was silent for too long')));
      upstream.once('error', fail);
      // The customer went away: what is half sent is of no use to workspace.
      body.once('close', () => answered || upstream.writableEnded || upstream.destroy());
      body.pipe(upstream);
    });
  }
}

/** More than this nobody sends by mistake; the connection then ends, answer or not. */
const thrownAwayBytesMax = 64 * 1_024 * 1_024;

/**
 * Takes the rest of a body that is of no use any more. A connection that ends with unread data is reset, and the
 * refusal on its way to the customer would be lost with it.
 */
export function throwAway(body: Readable): void {
  let bytes = 0;
  body.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > thrownAwayBytesMax) body.destroy();
  });
  // A stream that was paused by its pipe does not flow again for a listener alone.
  body.resume();
}

async function readAnswer(response: IncomingMessage): Promise<WorkspaceAnswer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > answerBytesMax) throw new Error('workspace answered too much');
    chunks.push(chunk);
  }
  return { status: response.statusCode ?? 502, body: JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown };
}

/** Workspace's refusal as it is: its code and its words are meant for the customer. */
export function refusalOf(answer: WorkspaceAnswer): Problem | null {
  if (answer.status < 400) return null;
  const problem = Problem.safeParse(answer.body);
  if (!problem.success) throw new ProblemError('upstream_unavailable', { retryAfterSeconds: 2 });
  return problem.data;
}
