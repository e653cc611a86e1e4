import { expect, test } from '@jest/globals';
import { GiveUp, RetryLater } from './vendor-errors.js';
import { failureFromConnection, failureFromStatus, redact, retryAfterMs } from './vendor-failure.js';

const headers = (values: Record<string, string>) => (name: string) => values[name];
const facts = { vendor: 'any', operation: 'call' };

test.each([
  ['seconds', { 'retry-after': '12' }, 12_000],
  ['fractions of a second', { 'retry-after': '0.5' }, 500],
  ['milliseconds, which win', { 'retry-after-ms': '120', 'retry-after': '9' }, 120],
  ['a date, read against the answer’s own clock', dated('Mon, 23 Nov 2026 06:00:30 GMT'), 30_000],
  ['a date in the past', dated('Mon, 23 Nov 2026 05:00:00 GMT'), 0],
  ['a wish for a week, bounded to an hour', { 'retry-after': '604800' }, 3_600_000],
  ['a negative wish', { 'retry-after': '-1' }, 0],
  ['garbage', { 'retry-after': 'soon' }, undefined],
  ['a date without a clock to read it by', { 'retry-after': 'Mon, 23 Nov 2026 06:00:30 GMT' }, undefined],
  ['nothing', {}, undefined],
])('the pause a vendor asks for is understood as %s', (_name, values, expected) => {
  expect(retryAfterMs(headers(values))).toBe(expected);
});

function dated(retryAt: string) {
  return { 'retry-after': retryAt, date: 'Mon, 23 Nov 2026 06:00:00 GMT' };
}

test.each([
  [429, RetryLater, 'rate_limit', false],
  [408, RetryLater, 'outage', true],
  [500, RetryLater, 'outage', true],
  [503, RetryLater, 'outage', true],
  [401, GiveUp, 'auth', false],
  [403, GiveUp, 'auth', false],
  [402, GiveUp, 'quota', false],
  [404, GiveUp, 'not_found', false],
  [400, GiveUp, 'refused', false],
  [422, GiveUp, 'refused', false],
])('status %s is read as it is documented', (status, type, kind, outcomeUnknown) => {
  const failure = failureFromStatus({ ...facts, status }, headers({}));
  expect(failure).toBeInstanceOf(type);
  expect(failure).toMatchObject({ kind, status, outcomeUnknown });
});

const withCause = (cause: object) => Object.assign(new Error('fetch failed'), { cause });

test.each([
  ['a refused connection', withCause({ code: 'ECONNREFUSED' }), 'connection', false],
  ['an unknown host', withCause({ code: 'ENOTFOUND' }), 'connection', false],
  ['a connect that timed out', withCause({ code: 'UND_ERR_CONNECT_TIMEOUT' }), 'timeout', false],
  ['a connect that timed out in the kernel', withCause({ code: 'ETIMEDOUT', syscall: 'connect' }), 'timeout', false],
  ['both addresses refused', withCause({ errors: [{ code: 'ECONNREFUSED' }] }), 'connection', false],
  ['a reset', withCause({ code: 'ECONNRESET' }), 'connection', true],
  ['a pipe that broke', withCause({ code: 'EPIPE' }), 'connection', true],
  ['headers that never came', withCause({ code: 'UND_ERR_HEADERS_TIMEOUT' }), 'timeout', true],
  ['our own alarm', { name: 'TimeoutError', message: 'aborted' }, 'timeout', true],
  ['axios’ alarm', { code: 'ECONNABORTED', message: 'timeout of 100ms exceeded' }, 'timeout', true],
  ['an error of nobody knows what', 'what', 'connection', true],
])('%s tells whether the vendor can have done the work', (_name, error, kind, outcomeUnknown) => {
  expect(failureFromConnection(facts, error)).toMatchObject({ kind, outcomeUnknown });
});

test('an error that is its own cause does not hang the reader', () => {
  const loop: { cause?: unknown; errors?: unknown[] } = {};
  loop.cause = loop;
  expect(failureFromConnection(facts, loop)).toMatchObject({ kind: 'connection' });
});

test.each([
  ['No such customer: mara.k+x@example.co.uk', 'No such customer: [address]'],
  ['to=<mara@example.com>', 'to=<[address]>'],
  ['Invalid API Key provided: sk_test_51ABCdefGHI', 'Invalid API Key provided: [key]'],
  ['Incorrect API key provided: sk-proj-****abcd.', 'Incorrect API key provided: [key]'],
  ['header Bearer eyJhbGciOi.x.y refused', 'header [key] refused'],
  ['key SG.abcDEF.ghi-123 unknown', 'key [key] unknown'],
  ['No such price: price_starter', 'No such price: price_starter'],
])('what a vendor quotes of a secret or a person is cut out: %s', (text, expected) => {
  expect(redact(text)).toBe(expected);
});

test('a vendor’s sentence is short, and no sentence is none', () => {
  expect(redact('x'.repeat(100_000))).toHaveLength(300);
  expect(redact('')).toBeUndefined();
  expect(redact({ message: 'x' })).toBeUndefined();
});
