import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import { throwError, type Observable } from 'rxjs';
import { problems, type Problem, type ProblemCode } from '@latchkey/contracts';
import { isInfrastructureFailure } from '../errors/infrastructure.js';
import { ProblemError } from '../errors/problem-error.js';
import { RetryLater } from '../errors/vendor-errors.js';
import type { Log } from '../observability/logger.js';
import { currentScope } from '../observability/scope.js';

/** Errors of Express' parsers and Nest's router, by the status they carry. */
const codesByStatus: Partial<Record<number, ProblemCode>> = {
  400: 'invalid_request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
  429: 'rate_limited',
  503: 'unavailable',
};

/** PostgreSQL's "no such character" in a text and in JSON: it holds every character but U+0000. */
const unholdable = new Set(['22021', '22P05']);

/**
 * Turns whatever was thrown into a problem of the catalogue. Only ProblemErrors speak for themselves; internals never do.
 * With the request at hand, a character that no database can hold is told from a bug: it is the caller's if he sent it.
 */
export function toProblemError(error: unknown, request?: Pick<Request, 'originalUrl' | 'body'>): ProblemError {
  if (error instanceof ProblemError) return error;
  if (request && unholdable.has((error as { code?: string }).code ?? '') && holdsNul(request))
    return new ProblemError('invalid_request', { detail: 'Text cannot hold the character U+0000.', cause: error });
  if (error instanceof RetryLater)
    return new ProblemError('unavailable', {
      retryAfterSeconds: Math.ceil((error.retryAfterMs ?? 5_000) / 1_000),
      cause: error,
    });
  if (isInfrastructureFailure(error)) return new ProblemError('unavailable', { retryAfterSeconds: 2, cause: error });
  const { type, status: rawStatus, statusCode } = error as { type?: string; status?: number; statusCode?: number };
  if (type === 'entity.parse.failed') return new ProblemError('malformed_json', { cause: error });
  const status = error instanceof HttpException ? error.getStatus() : (rawStatus ?? statusCode);
  // Nest words a JSON syntax error as a BadRequestException of its own.
  if (status === 400 && /JSON/.test((error as Error).message ?? ''))
    return new ProblemError('malformed_json', { cause: error });
  const code = status === undefined ? undefined : codesByStatus[status];
  return new ProblemError(code ?? 'internal_error', { cause: error });
}

/** Looked for only after PostgreSQL has refused; no other request pays for it. */
function holdsNul({ originalUrl, body }: Pick<Request, 'originalUrl' | 'body'>): boolean {
  return originalUrl.includes('%00') || (JSON.stringify(body) ?? '').includes('\\u0000');
}

/** The RFC 9457 body of an error. */
export function problemBody(error: ProblemError, instance?: string): Problem {
  const { detail, retryAfterSeconds, errors } = error.extras;
  const scope = currentScope();
  return {
    type: `https://latchkey.dev/problems/${error.code}`,
    title: problems[error.code].title,
    status: error.status,
    code: error.code,
    ...(detail ? { detail } : {}),
    ...(instance ? { instance } : {}),
    ...(scope ? { request_id: scope.correlationId } : {}),
    ...(retryAfterSeconds === undefined ? {} : { retry_after: retryAfterSeconds }),
    ...(errors ? { errors } : {}),
  };
}

/** Writes a problem as the answer; also for middleware that stands outside of Nest's filters. */
export function sendProblem(response: Response, error: ProblemError, instance?: string): void {
  const body = problemBody(error, instance);
  if (body.retry_after !== undefined) response.setHeader('retry-after', String(body.retry_after));
  response.status(error.status).type('application/problem+json').send(JSON.stringify(body));
}

@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly log: Log) {}

  catch(error: unknown, host: ArgumentsHost): Observable<never> | void {
    // Consumers and questions: the room needs the very error, to decide between trying again and giving up.
    if (host.getType() !== 'http') return throwError(() => error);
    const request = host.switchToHttp().getRequest<Request>();
    const problem = toProblemError(error, request);
    const response = host.switchToHttp().getResponse<Response>();
    if (problem.status >= 500)
      this.log.error('A request failed.', {
        problem: problem.code,
        path: request.path,
        err: problem.extras.cause ?? problem,
      });
    if (response.headersSent) {
      response.destroy();
      return;
    }
    sendProblem(response, problem, request.path);
  }
}
