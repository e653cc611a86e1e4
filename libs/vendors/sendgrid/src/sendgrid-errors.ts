import {
  failureFromConnection,
  failureFromStatus,
  GiveUp,
  type HeaderReader,
  redact,
  RetryLater,
  retryAfterMs,
} from '@latchkey/shared/errors';

/** The part of the SDK's ResponseError we read; its class is not exported by the packages we may import. */
interface SendGridResponseError {
  code: number;
  response: { headers: Record<string, unknown>; body: unknown };
}

/** Turns what the SDK or axios threw into RetryLater or GiveUp (VENDORS 4). */
export function sendGridFailure(operation: string, error: unknown): unknown {
  const facts = { vendor: 'sendgrid', operation };
  if (!(error instanceof Error)) return error;
  if (!isResponseError(error))
    return isAxiosError(error) ? failureFromConnection(facts, error) : refusedByHelper(facts, error);

  const { headers, body } = error.response;
  const header: HeaderReader = (name) => (headers[name] === undefined ? undefined : String(headers[name]));
  const first = firstError(body);
  const status = error.code;
  const answered = {
    ...facts,
    status,
    code: first.field,

    detail: redact(first.message),
  };
  // An empty purse is told as 401 "Maximum credits exceeded": not a key problem, and not one that a retry mends.
  if (status === 401 && /credits exceeded/i.test(first.message ?? '')) return new GiveUp('quota', answered);
  if (status === 429)
    return new RetryLater('rate_limit', { ...answered, retryAfterMs: retryAfterMs(header) ?? resetMs(header) });
  // SendGrid answers 202 once a mail is queued, so its own 500 and 503 mean "not taken"; a gateway's 502 and 504 say
  // nothing about what happened behind it.
  if (status >= 500)
    return failureFromStatus({ ...answered, status, outcomeUnknown: status === 502 || status === 504 }, header);
  return failureFromStatus({ ...answered, status }, header);
}

function isResponseError(error: Error): error is Error & SendGridResponseError {
  return 'response' in error && 'code' in error && typeof error.code === 'number';
}

function isAxiosError(error: Error): boolean {
  return 'isAxiosError' in error && error.isAxiosError === true;
}

/** The mail helper checks types before sending; such a mail would never be accepted. */
function refusedByHelper(facts: { vendor: string; operation: string }, error: Error): GiveUp {
  return new GiveUp('refused', { ...facts, code: 'invalid_mail', detail: redact(error.message) });
}

/** `X-RateLimit-Reset` is a moment in seconds; read against the answer's own clock. */
function resetMs(header: HeaderReader): number | undefined {
  const ms = Number(header('x-ratelimit-reset')) * 1000 - Date.parse(header('date') ?? '');
  return Number.isFinite(ms) && ms > 0 ? Math.min(ms, 60 * 60_000) : undefined;
}

function firstError(body: unknown): { message?: string | undefined; field?: string | undefined } {
  if (typeof body !== 'object' || body === null || !('errors' in body) || !Array.isArray(body.errors)) return {};
  const first: { message?: unknown; field?: unknown } = body.errors[0] ?? {};
  return {
    message: typeof first.message === 'string' ? first.message : undefined,
    field: typeof first.field === 'string' ? first.field : undefined,
  };
}
