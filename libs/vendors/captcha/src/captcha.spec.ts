import { expect, test } from '@jest/globals';
import { GiveUp, RetryLater } from '@latchkey/shared/errors';
import { refusedUrl, startWireServer, type WireAnswer } from '@latchkey/testing/wire-server';
import { createCaptcha } from './captcha.js';

const verify = async (
  answer: WireAnswer | ((attempt: number) => WireAnswer),
  token: string | undefined = 'token',
  timeoutMs = 2_000,
) => {
  await using server = await startWireServer((_request, attempt) =>
    typeof answer === 'function' ? answer(attempt) : answer,
  );
  const captcha = createCaptcha({ verifyUrl: `${server.url}/siteverify`, secret: 's3cret', timeoutMs });
  const verdict: unknown = await captcha.verify(token, '203.0.113.7').catch((error: unknown) => error);
  return { verdict, requests: server.requests };
};
const failed = (...codes: string[]) => ({ body: { success: false, 'error-codes': codes } });

test('a visitor with a good token passes, judged by token, secret and address', async () => {
  const { verdict, requests } = await verify({ body: { success: true, hostname: 'app' } });
  expect(verdict).toEqual({ ok: true });
  expect(Object.fromEntries(new URLSearchParams(requests[0]?.body))).toEqual({
    secret: 's3cret',
    response: 'token',
    idempotency_key: expect.any(String),
    remoteip: '203.0.113.7',
  });
});

test.each([
  ['a made-up token', failed('invalid-input-response'), 'invalid'],
  ['a token used twice', failed('timeout-or-duplicate'), 'expired_or_used'],
  ['a refusal without a reason', failed(), 'invalid'],
  ['a robot with a low score', { body: { success: true, score: 0.1 } }, 'low_score'],
])('%s does not pass', async (_name, answer, reason) => {
  expect((await verify(answer)).verdict).toEqual({ ok: false, reason });
});

test.each([
  ['no token', '', 'missing'],
  ['a token longer than any widget makes', 'x'.repeat(2_049), 'invalid'],
])('%s is refused without asking', async (_name, token, reason) => {
  const { verdict, requests } = await verify({ body: { success: true } }, token);
  expect(verdict).toEqual({ ok: false, reason });
  expect(requests).toHaveLength(0);
});

test.each([
  ['an outage', { status: 503 }, 'outage'],
  ['an internal error', failed('internal-error'), 'outage'],
  ['a page instead of JSON', { body: '<html>' }, 'outage'],
  ['a JSON null', { body: 'null' }, 'outage'],
  ['a success that is not a boolean', { body: { success: 'true' } }, 'outage'],
  ['a cut connection', 'reset', 'connection'],
  ['half a body', 'cut-body', 'connection'],
] as const)('%s lets nobody in, and is asked twice at most', async (_name, answer, kind) => {
  const { verdict, requests } = await verify(answer);
  expect(verdict).toBeInstanceOf(RetryLater);
  expect(verdict).toMatchObject({ vendor: 'captcha', kind });
  expect(requests).toHaveLength(2);
});

test('a rate limit lets nobody in and is not hammered', async () => {
  const { verdict, requests } = await verify({ status: 429, headers: { 'retry-after': '3' } });
  expect(verdict).toMatchObject({ kind: 'rate_limit', retryAfterMs: 3_000 });
  expect(requests).toHaveLength(1);
});

test('a lost answer does not cost an honest visitor the token: the same key asks again', async () => {
  const { verdict, requests } = await verify((attempt) => (attempt === 1 ? 'reset' : { body: { success: true } }));
  expect(verdict).toEqual({ ok: true });
  const keys = requests.map(({ body }) => new URLSearchParams(body).get('idempotency_key'));
  expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
  expect(keys[1]).toBe(keys[0]);
});

test('where keys are unknown, a lost answer is for later and no accusation', async () => {
  const { verdict } = await verify((attempt) => (attempt === 1 ? 'reset' : failed('timeout-or-duplicate')));
  expect(verdict).toBeInstanceOf(RetryLater);
  expect(verdict).toMatchObject({ kind: 'connection' });
});

test.each(['hang', 'drip'] as const)('a checker that does %s lets nobody in and ends in a timeout', async (answer) => {
  expect((await verify(answer, 'token', 100)).verdict).toMatchObject({ kind: 'timeout', code: undefined });
});

test('a checker that cannot be reached lets nobody in', async () => {
  const captcha = createCaptcha({ verifyUrl: await refusedUrl(), secret: 's3cret' });
  await expect(captcha.verify('token', undefined)).rejects.toMatchObject({ kind: 'connection', outcomeUnknown: false });
});

test('a wrong secret is our fault and not the visitor’s', async () => {
  const { verdict } = await verify(failed('invalid-input-secret'));
  expect(verdict).toBeInstanceOf(GiveUp);
  expect(verdict).toMatchObject({ kind: 'auth', code: 'invalid-input-secret' });
});

test('without a secret nothing starts', () => {
  expect(() => createCaptcha({ verifyUrl: 'http://127.0.0.1', secret: '' })).toThrow(/secret/);
});
