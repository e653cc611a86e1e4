import {
  failureFromConnection,
  failureFromStatus,
  GiveUp,
  redact,
  RetryLater,
  retryAfterMs,
} from '@latchkey/shared/errors';
import { Stripe } from 'stripe';

/** Turns what the SDK threw into RetryLater or GiveUp (VENDORS 1.2); what is not Stripe's comes back as it was. */
export function stripeFailure(operation: string, error: unknown): unknown {
  if (!(error instanceof Stripe.errors.StripeError)) return error;
  const status = error.statusCode;
  const facts = {
    vendor: 'stripe',
    operation,
    status,
    code: error.code ?? error.rawType,
    requestId: error.requestId,
    detail: redact(error.message),
  };
  const header = (name: string) => error.headers?.[name];

  if (error instanceof Stripe.errors.StripeConnectionError) return failureFromConnection(facts, error);
  // The SDK reports an answer that is no JSON (a proxy's 502 page, a cut body) without its status.
  if (status === undefined)
    return new RetryLater('outage', { ...facts, code: 'malformed_answer', outcomeUnknown: true });
  // Stripe replays the first answer of a key, 500s included: the same key can never succeed again. The caller looks the
  // object up by its metadata and, if it is not there, comes back with the next generation of the key.
  if (status >= 500 && header('idempotent-replayed') === 'true')
    return new RetryLater('outage', { ...facts, code: 'idempotent_replay', outcomeUnknown: true, onlyThisCall: true });
  if (error instanceof Stripe.errors.StripeRateLimitError)
    return new RetryLater('rate_limit', { ...facts, retryAfterMs: retryAfterMs(header) });
  if (error instanceof Stripe.errors.StripeCardError)
    return new GiveUp('declined', { ...facts, code: error.decline_code ?? facts.code });
  // 409: another request with this key is still running, or holds the object's lock.
  if (status === 409) return new RetryLater('rate_limit', { ...facts, outcomeUnknown: true, onlyThisCall: true });
  if (error.rawType === 'idempotency_error') return new GiveUp('refused', { ...facts, code: 'idempotency_mismatch' });
  if (error.code === 'resource_missing') return new GiveUp('not_found', facts);
  return failureFromStatus({ ...facts, status }, header);
}
