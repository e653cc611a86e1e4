import { Problem, problems, type ProblemCode } from '@latchkey/contracts';
import { ProblemError } from '@latchkey/shared/errors';
import { currentScope } from '@latchkey/shared/observability';
import { Inject, Injectable } from '@nestjs/common';
import { request as requestHttp, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Readable } from 'node:stream';
import type { z } from 'zod';
import { CONFIG, type Config } from '../config.js';

/** Longer than workspace's own limits, so that its answer and not our impatience decides. */
const timeoutMs = 45_000;
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
  private send({ path, authorization, headers, body }: Errand<z.ZodType>): Promise<{ status: number; body: unknown }> {
    const url = new URL(path, this.config.WORKSPACE_URL);
    const request = url.protocol === 'https:' ? requestHttps : requestHttp;
    const all = { ...headers, authorization, ...wizardHeaders() };
    return new Promise((resolve, reject) => {
      const fail = (cause: unknown) =>
        reject(new ProblemError('upstream_unavailable', { cause, retryAfterSeconds: 2 }));
      const upstream = request(url, { method: 'POST', headers: all, timeout: timeoutMs });
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
