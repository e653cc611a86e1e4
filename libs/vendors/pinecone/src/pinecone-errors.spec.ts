import { expect, test } from '@jest/globals';
import { GiveUp, RetryLater } from '@latchkey/shared/errors';
import { refusedUrl, startWireServer, type WireAnswer } from '@latchkey/testing/wire-server';
import { createPinecone } from './pinecone.js';

const query = async (answer: WireAnswer, timeoutMs = 2_000) => {
  await using server = await startWireServer(() => answer);
  const pinecone = createPinecone({ breaker: undefined, apiKey: 'pcsk_wire', indexHost: server.url, timeoutMs });
  const error: unknown = await pinecone.query('tenant-1', [1], { topK: 1 }).catch((thrown: unknown) => thrown);
  return { error, attempts: server.requests.length };
};
const grpc = (code: number, message: string) => ({ code, message, details: [] });

test.each([
  [
    'a rate limit',
    { status: 429, headers: { 'retry-after': '4' }, body: grpc(8, 'Too many requests') },
    { kind: 'rate_limit', status: 429, code: '8', retryAfterMs: 4_000 },
  ],
  [
    'an outage',
    { status: 503, body: grpc(14, 'unavailable') },
    { kind: 'outage', status: 503, code: '14', outcomeUnknown: true },
  ],
  ['a page of a proxy', { status: 502, body: '<h1>' }, { kind: 'outage', status: 502 }],
  ['broken JSON', { body: '{"matches":' }, { kind: 'outage', status: 200, code: 'malformed_answer' }],
  ['half a body', 'cut-body', { kind: 'connection', outcomeUnknown: true }],
  ['a cut connection', 'reset', { kind: 'connection', outcomeUnknown: true }],
] as const)('%s is for later, told once, with everything the SDK hides', async (_name, answer, expected) => {
  const { error, attempts } = await query(answer);
  expect(error).toBeInstanceOf(RetryLater);
  expect(error).toMatchObject({ vendor: 'pinecone', operation: 'query', ...expected });
  expect(attempts).toBe(1);
});

test.each(['hang', 'drip'] as const)(
  'a Pinecone that does %s ends in a timeout, although its SDK has none',
  async (answer) => {
    const { error } = await query(answer, 100);
    expect(error).toBeInstanceOf(RetryLater);
    expect(error).toMatchObject({ kind: 'timeout', code: undefined, outcomeUnknown: true });
  },
);

test('a Pinecone that cannot be reached was not asked', async () => {
  const pinecone = createPinecone({ breaker: undefined, apiKey: 'pcsk_wire', indexHost: await refusedUrl() });
  await expect(pinecone.stats()).rejects.toMatchObject({ kind: 'connection', outcomeUnknown: false });
});

test.each([
  ['a zero vector', 400, grpc(3, 'Dense vectors must contain at least one non-zero value'), 'refused'],
  ['a wrong key', 401, 'Invalid API Key', 'auth'],
  ['an unpaid bill', 402, { status: 402, error: { code: 'PAYMENT_REQUIRED', message: 'Pay' } }, 'quota'],
  ['a full plan', 403, { status: 403, error: { code: 'FORBIDDEN', message: 'Quota exceeded' } }, 'quota'],
  ['a forbidden index', 403, { status: 403, error: { code: 'FORBIDDEN', message: 'Not for this key' } }, 'auth'],
  ['a used-up month', 429, grpc(8, 'You have reached your read unit limit for the current month'), 'quota'],
  ['an unknown index', 404, grpc(5, 'not found'), 'not_found'],
])('%s is given up', async (_name, status, body, kind) => {
  const { error } = await query({ status, body });
  expect(error).toBeInstanceOf(GiveUp);
  expect(error).toMatchObject({ kind, status });
});

test('a namespace is called gone when Pinecone says so, not when a proxy answers 404 in its place', async () => {
  const erase = async (body: string | object) => {
    await using server = await startWireServer(() => ({ status: 404, body }));
    const pinecone = createPinecone({ breaker: undefined, apiKey: 'pcsk_wire', indexHost: server.url });
    await pinecone.deleteNamespace('tenant-1');
  };
  await expect(erase(grpc(5, 'Namespace not found'))).resolves.toBeUndefined();
  await expect(erase('<h1>404 page not found</h1>')).rejects.toMatchObject({ kind: 'outage', status: 404 });
});

test('arguments the SDK refuses are given up without a request', async () => {
  await using server = await startWireServer(() => ({ body: {} }));
  const pinecone = createPinecone({ breaker: undefined, apiKey: 'pcsk_wire', indexHost: server.url });
  await expect(pinecone.query('tenant-1', [], { topK: 1 })).rejects.toMatchObject({
    kind: 'refused',
    code: 'invalid_argument',
  });
  expect(server.requests).toHaveLength(0);
});
