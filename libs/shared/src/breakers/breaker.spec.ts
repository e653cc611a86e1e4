import { beforeEach, describe, expect, test } from '@jest/globals';
import { register } from 'prom-client';
import { BreakerOpen, GiveUp, RetryLater } from '../errors/vendor-errors.js';
import { Clock } from '../time/clock.js';
import { Breaker } from './breaker.js';

const facts = { vendor: 'any', operation: 'verb' };
const away = () => Promise.reject(new RetryLater('outage', facts));
const fine = () => Promise.resolve('fine');

let clock: Clock;
let breaker: Breaker;
let made: number;

/** Makes a call and says how it ended; counts those that reached the vendor. */
async function call(work: () => Promise<unknown>): Promise<unknown> {
  const reached = () => {
    made += 1;
    return work();
  };
  return breaker.run('verb', reached).catch((error: unknown) => error);
}

beforeEach(() => {
  clock = new Clock();
  made = 0;
  breaker = new Breaker('any', clock, { failures: 3, pauseSeconds: 10, pauseMaxSeconds: 60 });
});

describe('an outage', () => {
  test('stops the calls after so many failures in a row, and a success in between starts the count again', async () => {
    for (const work of [away, away, fine, away, away]) await call(work);
    expect(await call(fine)).toBe('fine');
    for (let i = 0; i < 3; i++) await call(away);
    made = 0;
    expect(await call(fine)).toBeInstanceOf(BreakerOpen);
    expect(made).toBe(0);
  });

  test('lets one call at a time try, and the rest waits for it', async () => {
    for (let i = 0; i < 3; i++) await call(away);
    clock.advance(10_000);
    made = 0;
    const ends = await Promise.all(Array.from({ length: 50 }, () => call(fine)));
    expect(made).toBe(1);
    expect(ends.filter((end) => end === 'fine')).toHaveLength(1);
    expect(await call(fine)).toBe('fine');
  });

  test('of an hour costs some sixty calls, however many want to make one', async () => {
    for (let second = 0; second < 3_600; second++) {
      await Promise.all([call(away), call(away), call(away)]);
      clock.advance(1_000);
    }
    expect(made).toBeGreaterThan(30);
    expect(made).toBeLessThan(80);
    clock.advance(60_000);
    expect(await call(fine)).toBe('fine');
  });

  test('calls that were under way when it began do not make it longer', async () => {
    await Promise.all(Array.from({ length: 30 }, () => call(away)));
    clock.advance(10_000);
    expect(await call(fine)).toBe('fine');
  });
});

const limited = () => Promise.reject(new RetryLater('rate_limit', { ...facts, retryAfterMs: 7_000 }));

test('a rate limit that two calls in a row meet is waited for as long as the vendor said, and no longer', async () => {
  await call(limited);
  await call(limited);
  expect(await call(fine)).toMatchObject({ reason: 'rate_limit', retryAfterMs: expect.any(Number) });
  clock.advance(7_000);
  expect(await call(fine)).toBe('fine');
});

test('a single call that is limited stops nobody else', async () => {
  for (let i = 0; i < 5; i++) {
    await call(limited);
    expect(await call(fine)).toBe('fine');
  }
});

test('a slip of the call that tries whether a rate limit is over does not become an outage', async () => {
  await call(limited);
  await call(limited);
  clock.advance(7_000);
  await call(away);
  expect(await call(fine)).toBe('fine');
});

test('a vendor of whose calls one in ten fails, in every way, is hardly ever stopped', async () => {
  breaker = new Breaker('any', clock);
  const busy = () => Promise.reject(new RetryLater('rate_limit', { ...facts, retryAfterMs: 1_000 }));
  let refused = 0;
  // The same sequence each time: a linear congruential generator.
  let seed = 7;
  const chance = () => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
  for (let i = 0; i < 3_000; i++) {
    const dice = chance();
    if ((await call(dice < 0.033 ? busy : dice < 0.1 ? away : fine)) instanceof BreakerOpen) refused += 1;
    clock.advance(50);
  }
  expect(refused).toBeLessThan(3_000 * 0.05);
});

test.each(['quota', 'auth'] as const)(
  '%s stops the calls at once, is counted by its name, and ends by itself',
  async (kind) => {
    await call(() => Promise.reject(new GiveUp(kind, facts)));
    expect(await call(fine)).toMatchObject({ reason: kind });
    expect(await register.metrics()).toMatch(
      new RegExp(`vendor_breaker_opened_total{vendor="any",reason="${kind}"} 1`),
    );
    clock.advance(60_000);
    expect(await call(fine)).toBe('fine');
  },
);

test('what the vendor refuses for what it is, and a slip of ours, stop nothing', async () => {
  for (let i = 0; i < 5; i++) {
    await call(() => Promise.reject(new GiveUp('refused', facts)));
    await call(() => Promise.reject(new Error('a slip of ours')));
  }
  expect(await call(fine)).toBe('fine');
});
