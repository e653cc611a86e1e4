import { expect, test } from '@jest/globals';
import { RetryLater } from '../errors/vendor-errors.js';
import { ClaimLost, JobRun } from './job-run.js';

const attempt = (lastAttempt: boolean) =>
  new JobRun(
    'send-mail',
    'job_1',
    8,
    lastAttempt,
    new AbortController().signal,
    7,
    undefined as never,
    undefined as never,
  );
const sendGrid = { vendor: 'sendgrid', operation: 'mail.send' };
const stopped = Object.assign(new RetryLater('outage', sendGrid), { stoppedForMs: 5_000 });

test.each([
  ['a claim that somebody else has now', new ClaimLost('no longer ours')],
  ['our own database that is away', Object.assign(new Error('terminating connection'), { code: '57P01' })],
  ['a lock not had in time', Object.assign(new Error('lock timeout'), { code: '55P03' })],
  ['a vendor that is stopped', stopped],
])('the last attempt is not the end with %s: the job comes back, and nothing may be given up', (_what, error) => {
  expect(attempt(true).endsWith(error)).toBe(false);
});

test('a failure of another kind is the end of the last attempt, and of no other', () => {
  for (const error of [new TypeError('x is not a function'), new RetryLater('outage', sendGrid)]) {
    expect(attempt(true).endsWith(error)).toBe(true);
    expect(attempt(false).endsWith(error)).toBe(false);
  }
});
