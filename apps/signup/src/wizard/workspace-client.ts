import { Problem, problems, type ProblemCode } from '@latchkey/contracts';
import { ProblemError } from '@latchkey/shared/errors';
import { currentScope } from '@latchkey/shared/observability';
import { Inject, Injectable } from '@nestjs/common';
import { request as requestHttp, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Readable } from 'node:stream';
import type { z } from 'zod';
import { CONFIG, type Config } from '../config.js';

/** How long nothing may move on the way there: a customer's slow line is not ours to judge, one that stands still is. */
const standstillMaxMs = 30_000;
/** An answer of workspace is small; more is a mistake, and must not fill our memory. */
const answerBytesMax = 1_000_000;

/** What is sent in the customer's name. */
export interface Errand<Answer extends z.ZodType> {
  path: string;
  /** The customer's own `Authorization` header. */
  authorization: string;
  headers: OutgoingHttpHeaders;
  body: Readable;
  answer: Answer;
  /** From the last byte sent to the last byte of the answer: longer than workspace's own limits, so that it decides. */
  answerWithinMs: number;
}

/** Calls workspace in the customer's own name: it sees the customer's token and decides, signup adds no rights. */
@Injectable()
export class WorkspaceClient {
  constructor(@Inject(CONFIG) private readonly config: Config) {}

  /**
   * Throws workspace's refusal as a problem of ours: the catalogue is shared, and its words are meant for the customer.
   * Answers that are neither a refusal nor what the contract says count as a failure of workspace.
   */
  async post<Answer extends z.ZodType>(errand: Errand<Answer>): Promise<z.infer<Answer>> {
    const { status, body } = await this.send(errand);
    if (status >= 400) throw refusalOf(body);
    const answer = errand.answer.safeParse(body);
    if (!answer.success) throw new ProblemError('upstream_unavailable', { cause: answer.error, retryAfterSeconds: 2 });
    return answer.data;
  }

  /** Sends the body as it comes, so that an upload is never held in memory. A refusal may come before it is through. */
  private send({
    path,
    authorization,
    headers,
    body,
    answerWithinMs,
  }: Errand<z.ZodType>): Promise<{ status: number; body: unknown }> {
    const url = new URL(path, this.config.WORKSPACE_URL);
    const request = url.protocol === 'https:' ? requestHttps : requestHttp;
    const all = { ...headers, authorization, ...wizardHeaders() };
    return new Promise((resolve, reject) => {
      let patience: NodeJS.Timeout | undefined;
      const settle = (tell: () => void) => {
        clearTimeout(patience);
        tell();
      };
      const fail = (cause: unknown) => {
        const code = cause instanceof Silence ? 'timed_out' : 'upstream_unavailable';
        settle(() => reject(new ProblemError(code, { cause, retryAfterSeconds: 2 })));
        throwAway(body);
      };
      const upstream = request(url, { method: 'POST', headers: all, timeout: standstillMaxMs });
      const giveUp = () => upstream.destroy(new Silence('Workspace was silent for too long.'));
      let answered = false;
      upstream.once('response', (response) => {
        answered = true;
        body.unpipe(upstream);
        throwAway(body);
        readAnswer(response).then((answer) => settle(() => resolve(answer)), fail);
      });
      // A process that stands still keeps its sockets open and takes what is sent: only the clock can tell.
      upstream.once('finish', () => {
        upstream.setTimeout(0);
        patience = setTimeout(giveUp, answerWithinMs);
      });
      upstream.once('timeout', giveUp);
      // Not once: destroying a broken connection may tell of it again, and nobody listening would end the process.
      upstream.on('error', fail);
      // The customer went away: what is half sent is of no use to workspace.
      body.once('close', () => answered || upstream.writableEnded || upstream.destroy());
      body.pipe(upstream);
    });
  }
}

/** Workspace took the request and did not answer in time. */
class Silence extends Error {}

/** The channel tells the wizard's questions apart from the product's in analytics. */
function wizardHeaders(): OutgoingHttpHeaders {
  const scope = currentScope();
  const ids = scope ? { 'x-request-id': scope.correlationId, traceparent: scope.traceparent } : {};
  return { ...ids, 'x-latchkey-channel': 'wizard' };
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

async function readAnswer(response: IncomingMessage): Promise<{ status: number; body: unknown }> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > answerBytesMax) throw new Error('workspace answered too much');
    chunks.push(chunk);
  }
  return { status: response.statusCode ?? 502, body: JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown };
}

function refusalOf(body: unknown): ProblemError {
  const problem = Problem.safeParse(body);
  if (!problem.success || !isProblemCode(problem.data.code))
    return new ProblemError('upstream_unavailable', { retryAfterSeconds: 2 });
  const { code, detail, retry_after: retryAfterSeconds, errors } = problem.data;
  return new ProblemError(code, {
    ...(detail === undefined ? {} : { detail }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    ...(errors === undefined ? {} : { errors }),
  });
}

export function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(problems, code);
}
