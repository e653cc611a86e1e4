import { BadRequestException, NotFoundException } from '@nestjs/common';
import { expect, test } from '@jest/globals';
import { ProblemError } from '../errors/problem-error.js';
import { RetryLater } from '../errors/vendor-errors.js';
import { newScope, runInScope } from '../observability/scope.js';
import { problemBody, toProblemError } from './problem-filter.js';

test.each([
  ['our own refusal', new ProblemError('code_wrong'), 'code_wrong', 400],
  ['a path nobody serves', new NotFoundException(), 'not_found', 404],
  ['broken JSON', Object.assign(new Error('x'), { type: 'entity.parse.failed', status: 400 }), 'malformed_json', 400],
  ['broken JSON as Nest words it', new BadRequestException('Unexpected token } in JSON'), 'malformed_json', 400],
  [
    'a body over the limit',
    Object.assign(new Error('x'), { type: 'entity.too.large', status: 413 }),
    'payload_too_large',
    413,
  ],
  ['a vendor that is away', new RetryLater('outage', { vendor: 'stripe', operation: 'x' }), 'unavailable', 503],
  ['a database that is away', Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), 'unavailable', 503],
  ['a full disk', Object.assign(new Error('x'), { code: '53100' }), 'unavailable', 503],
  ['a bug', new TypeError('x is not a function'), 'internal_error', 500],
])('%s becomes a problem with a stable code', (_what, error, code, status) => {
  expect(toProblemError(error)).toMatchObject({ code, status });
});

test('a bug’s message never leaves the house; the request id does', () => {
  const scope = newScope({ correlationId: 'req_12345678' });
  const body = runInScope(scope, () => problemBody(toProblemError(new Error('select * from account')), '/x'));
  expect(JSON.stringify(body)).not.toContain('account');
  expect(body).toMatchObject({ code: 'internal_error', status: 500, request_id: 'req_12345678', instance: '/x' });
});

test.each([
  ['in the body', { originalUrl: '/x', body: { name: ['a\u0000b'] } }, 'invalid_request'],
  ['in the address', { originalUrl: '/x/a%00b', body: undefined }, 'invalid_request'],
  ['nowhere in the request', { originalUrl: '/x', body: { name: 'ab' } }, 'internal_error'],
])('a character that PostgreSQL cannot hold, %s', (_where, request, code) => {
  for (const sqlState of ['22021', '22P05'])
    expect(toProblemError(Object.assign(new Error('x'), { code: sqlState }), request).code).toBe(code);
});

test('a pause that was asked for is told', () => {
  const error = toProblemError(new RetryLater('rate_limit', { vendor: 'openai', operation: 'x', retryAfterMs: 2_100 }));
  expect(problemBody(error).retry_after).toBe(3);
});
