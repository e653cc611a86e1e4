import { expect, test } from '@jest/globals';
import { isInfrastructureFailure } from './infrastructure.js';
import { RetryLater } from './vendor-errors.js';

test.each(['ECONNREFUSED', 'ECONNRESET', '57P01', '08006', '55P03', '40P01', '40001'])(
  '%s of our own parts costs no try, also as a cause',
  (code) => {
    const failure = Object.assign(new Error('away'), { code });
    expect(isInfrastructureFailure(failure)).toBe(true);
    expect(isInfrastructureFailure(new Error('could not save', { cause: failure }))).toBe(true);
  },
);

test('a vendor that cannot be reached uses up tries, or its job would be retried for ever', () => {
  const reset = new RetryLater('connection', { vendor: 'sendgrid', operation: 'mail.send', code: 'ECONNRESET' });
  expect(isInfrastructureFailure(reset)).toBe(false);
});

test('a bug costs tries', () => {
  expect(isInfrastructureFailure(new TypeError('x is not a function'))).toBe(false);
});
