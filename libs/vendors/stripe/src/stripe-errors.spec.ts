import { expect, test } from '@jest/globals';
import { GiveUp, RetryLater } from '@latchkey/shared/errors';
import { refusedUrl, startWireServer, type WireAnswer } from '@latchkey/testing/wire-server';
import { createStripe } from './stripe.js';

const cancel = async (play: () => WireAnswer, timeoutMs = 2_000) => {
  await using server = await startWireServer(play);
  const stripe = createStripe({ breaker: undefined, secretKey: 'sk_test_wire', apiUrl: server.url, timeoutMs });
  const error = await stripe
    .refundPayment({ paymentIntentId: 'pi_1', idempotencyKey: 'tenant-1:refund:1' })
    .catch((thrown: unknown) => thrown);
  return { error, requests: server.requests };
};
const stripeError = (status: number, error: object, headers: Record<string, string> = {}): WireAnswer => ({
  status,
  headers: { 'request-id': 'req_42', ...headers },
  body: { error },
});

test('a rate limit is told once, with the pause Stripe asks for, and is not hammered', async () => {
  const { error, requests } = await cancel(() =>
    stripeError(429, { type: 'invalid_request_error', code: 'rate_limit' }, { 'retry-after': '7' }),
  );
  expect(error).toBeInstanceOf(RetryLater);
  expect(error).toMatchObject({
    kind: 'rate_limit',
    status: 429,
    retryAfterMs: 7_000,
    requestId: 'req_42',
    outcomeUnknown: false,
  });
  expect(requests).toHaveLength(1);
});

test('a broken Stripe is asked twice at most, and the outcome counts as unknown', async () => {
  const { error, requests } = await cancel(() => stripeError(500, { type: 'api_error', message: 'boom' }));
  expect(error).toBeInstanceOf(RetryLater);
  expect(error).toMatchObject({ kind: 'outage', status: 500, outcomeUnknown: true });
  expect(requests).toHaveLength(2);
  expect(requests[1]?.headers['idempotency-key']).toBe('tenant-1:refund:1');
});

test('a replayed 500 is named, so that the caller takes a new key instead of waiting for ever', async () => {
  const replay = { 'idempotent-replayed': 'true', 'stripe-should-retry': 'false' };
  const { error, requests } = await cancel(() => stripeError(500, { type: 'api_error' }, replay));
  expect(error).toMatchObject({ kind: 'outage', code: 'idempotent_replay', outcomeUnknown: true });
  expect(requests).toHaveLength(1);
});

test('a cut connection leaves the outcome unknown', async () => {
  const { error, requests } = await cancel(() => 'reset');
  expect(error).toBeInstanceOf(RetryLater);
  expect(error).toMatchObject({ kind: 'connection', code: 'ECONNRESET', outcomeUnknown: true });
  expect(requests).toHaveLength(2);
});

test('a refused connection means that nothing was sent', async () => {
  const stripe = createStripe({ breaker: undefined, secretKey: 'sk_test_wire', apiUrl: await refusedUrl() });
  await expect(stripe.getSubscription('sub_1')).rejects.toMatchObject({ kind: 'connection', outcomeUnknown: false });
});

test('a silent Stripe ends in a timeout of unknown outcome', async () => {
  const { error, requests } = await cancel(() => 'hang', 100);
  expect(error).toBeInstanceOf(RetryLater);
  expect(error).toMatchObject({ kind: 'timeout', outcomeUnknown: true });
  expect(requests).toHaveLength(2);
});

test('an answer that drips for ever is cut off by the deadline', async () => {
  const { error } = await cancel(() => 'drip', 100);
  expect(error).toMatchObject({ kind: 'timeout', code: 'deadline', outcomeUnknown: true });
});

test.each([
  ['a page of a proxy', { status: 502, headers: { 'content-type': 'text/html' }, body: '<h1>Bad gateway</h1>' }],
  ['half a body', 'cut-body'],
] as const)('%s is an outage or lost connection, never a success', async (_name, answer) => {
  const { error } = await cancel(() => answer);
  expect(error).toBeInstanceOf(RetryLater);
  expect(error).toMatchObject({ outcomeUnknown: true });
});

test.each([
  [
    402,
    { type: 'card_error', code: 'card_declined', decline_code: 'insufficient_funds' },
    'declined',
    'insufficient_funds',
  ],
  [404, { type: 'invalid_request_error', code: 'resource_missing' }, 'not_found', 'resource_missing'],
  [400, { type: 'invalid_request_error', code: 'parameter_unknown' }, 'refused', 'parameter_unknown'],
  [400, { type: 'idempotency_error' }, 'refused', 'idempotency_mismatch'],
  [401, { type: 'invalid_request_error' }, 'auth', 'invalid_request_error'],
  [403, { type: 'invalid_request_error' }, 'auth', 'invalid_request_error'],
])('%s %j is not worth a second try', async (status, body, kind, code) => {
  const { error, requests } = await cancel(() => stripeError(status, body));
  expect(error).toBeInstanceOf(GiveUp);
  expect(error).toMatchObject({ kind, code, outcomeUnknown: false });
  expect(requests).toHaveLength(1);
});

test('a key in use by another request is tried later, its outcome unknown', async () => {
  const { error } = await cancel(() =>
    stripeError(409, { type: 'invalid_request_error', code: 'idempotency_key_in_use' }),
  );
  expect(error).toBeInstanceOf(RetryLater);
  expect(error).toMatchObject({ code: 'idempotency_key_in_use', outcomeUnknown: true });
});

test('an error never carries the key or an address into a log', async () => {
  const message = 'Invalid API Key sk_test_wire for mara@example.com';
  const { error } = await cancel(() => stripeError(401, { type: 'invalid_request_error', message }));
  const logged = JSON.stringify({
    ...(error as GiveUp),
    message: (error as GiveUp).message,
    stack: (error as GiveUp).stack,
  });
  expect(logged).toContain('Invalid API Key');
  expect(logged).not.toContain('sk_test_wire');
  expect(logged).not.toContain('mara@example.com');
});
