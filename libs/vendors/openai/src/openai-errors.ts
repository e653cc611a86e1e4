import {
  failureFromConnection,
  failureFromStatus,
  GiveUp,
  redact,
  RetryLater,
  retryAfterMs,
} from '@latchkey/shared/errors';
import { APIConnectionError, APIError, OpenAIError } from 'openai';

/** Codes of a 429 that no waiting mends: the account's purse or a spend limit is empty (VENDORS 3). */
const quotaCodes = new Set([
  'insufficient_quota',
  'credit_balance_exhausted',
  'organization_spend_limit_exceeded',
  'project_spend_limit_exceeded',
  'organization_usage_limit_exceeded',
  'billing_hard_limit_reached',
]);

/** Turns what the SDK threw into RetryLater or GiveUp; a quota is told from a rate limit by the body, both are 429. */
export function openAiFailure(operation: string, error: unknown): unknown {
  const facts = { vendor: 'openai', operation };
  // Not JSON although it says so, or cut in the middle: the SDK lets the parser's error through.
  if (error instanceof SyntaxError) return new RetryLater('outage', { ...facts, code: 'malformed_answer' });
  if (error instanceof APIConnectionError) return failureFromConnection(facts, error);
  if (!(error instanceof APIError))
    return error instanceof OpenAIError || isFetchFailure(error) ? failureFromConnection(facts, error) : error;

  const status: number | undefined = error.status;
  const code = error.code ?? error.type;
  const detail = redact(error.message);
  const answered = { ...facts, status, code: code ?? undefined, requestId: error.requestID ?? undefined, detail };
  if (status === undefined) return failureFromConnection(answered, error);
  if (error.type === 'insufficient_quota' || quotaCodes.has(code ?? '')) return new GiveUp('quota', answered);
  const headers: Headers | undefined = error.headers;
  const header = (name: string) => headers?.get(name);
  if (status === 409) return new RetryLater('rate_limit', { ...answered, retryAfterMs: retryAfterMs(header) });
  return failureFromStatus({ ...answered, status }, header);
}

/** A body that broke off: undici throws this while the SDK reads, outside the SDK's own error classes. */
function isFetchFailure(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('message' in error)) return false;
  return error.message === 'terminated' || error.message === 'fetch failed';
}
