import { GiveUp, RetryLater, type VendorError, type VendorFailure } from './vendor-errors.js';

/** Reads one response header, whatever shape the SDK keeps them in. */
export type HeaderReader = (name: string) => string | null | undefined;

const maxRetryAfterMs = 60 * 60_000;

/**
 * The vendor's wish how long to wait, bounded to an hour. A date is read against the response's own `Date` header, so
 * that neither a skewed clock here nor one there turns it into nonsense.
 */
export function retryAfterMs(header: HeaderReader): number | undefined {
  const bounded = (ms: number) => (Number.isFinite(ms) ? Math.min(Math.max(ms, 0), maxRetryAfterMs) : undefined);
  const exactMs = header('retry-after-ms');
  if (exactMs) return bounded(Number(exactMs));
  const value = header('retry-after');
  if (!value) return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return bounded(seconds * 1000);
  return bounded(Date.parse(value) - Date.parse(header('date') ?? ''));
}

/**
 * The reading of an HTTP status that all our vendors share; a vendor's file handles its own exceptions first.
 * After a 5xx nobody knows whether the work was done (Stripe: "treat the result of a 500 as indeterminate").
 */
export function failureFromStatus(failure: VendorFailure & { status: number }, header: HeaderReader): VendorError {
  const { status } = failure;
  if (status === 429) return new RetryLater('rate_limit', { ...failure, retryAfterMs: retryAfterMs(header) });
  if (status >= 500 || status === 408)
    return new RetryLater('outage', { outcomeUnknown: true, ...failure, retryAfterMs: retryAfterMs(header) });
  if (status === 401 || status === 403) return new GiveUp('auth', failure);
  if (status === 402) return new GiveUp('quota', failure);
  if (status === 404) return new GiveUp('not_found', failure);
  return new GiveUp('refused', failure);
}

/** Codes of Node and undici that mean: no byte of the request can have reached the vendor. */
const neverSentCodes = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);
const timeoutCodes = new Set([
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);

/** No (whole) answer came: tells a timeout from a lost connection, and whether the request may have been carried out. */
export function failureFromConnection(failure: VendorFailure, error: unknown): RetryLater {
  const chain = causes(error);
  const codes = chain.map((cause) => cause.code).filter((code) => typeof code === 'string');
  const neverSent = chain.some((cause) => neverSentCodes.has(String(cause.code)) || cause.syscall === 'connect');
  const timedOut =
    codes.some((code) => timeoutCodes.has(code)) ||
    chain.some((cause) => cause.name === 'TimeoutError' || /\btime(d )?-?out\b/i.test(String(cause.message)));
  return new RetryLater(timedOut ? 'timeout' : 'connection', {
    ...failure,
    code: failure.code ?? codes.at(-1),
    outcomeUnknown: !neverSent,
  });
}

interface ErrorFacts {
  name?: unknown;
  message?: unknown;
  code?: unknown;
  syscall?: unknown;
  cause?: unknown;
  detail?: unknown;
  exception?: unknown;
  errors?: unknown;
}

/** The error and what lies under it, outermost first: `cause` (fetch), `detail` and `exception` (Stripe), `errors` (happy eyeballs). */
function causes(error: unknown, depth = 0): ErrorFacts[] {
  if (typeof error !== 'object' || error === null || depth > 4) return [];
  const facts: ErrorFacts = error;
  const inner = [facts.cause, facts.detail, facts.exception, ...(Array.isArray(facts.errors) ? facts.errors : [])];
  return [facts, ...inner.flatMap((cause) => causes(cause, depth + 1))];
}

/** A vendor's sentence without what it may quote from the request: addresses, keys, tokens. At most 300 characters. */
export function redact(text: unknown): string | undefined {
  if (typeof text !== 'string' || text === '') return undefined;
  return text
    .slice(0, 2_000)
    .replaceAll(/[^\s<>"'=:,;]+@[^\s<>"',;]+/g, '[address]')
    .replaceAll(/\b(?:sk|rk|pk|whsec|pcsk)[_-][\w*.-]{4,}|\bSG\.[\w.*-]{4,}|\bBearer\s+\S+/gi, '[key]')
    .slice(0, 300);
}
