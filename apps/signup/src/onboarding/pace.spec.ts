import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { Pace } from './pace.js';

/** Jest's clock moves performance.now() and the timers together. */
beforeEach(() => void jest.useFakeTimers({ now: 0 }));
afterEach(() => void jest.useRealTimers());

async function comers(pace: Pace, count: number): Promise<{ in: number; sentAway: number }> {
  const seen = { in: 0, sentAway: 0 };
  for (let index = 0; index < count; index++)
    void pace.enter().then((entry) => (entry === 'in' ? seen.in++ : seen.sentAway++));
  await jest.advanceTimersByTimeAsync(0);
  return seen;
}

test('whoever comes no faster than the pace is let in at once', async () => {
  const pace = new Pace();
  for (let second = 0; second < 10; second++) {
    expect(await comers(pace, 10)).toEqual({ in: 10, sentAway: 0 });
    await jest.advanceTimersByTimeAsync(1_000);
  }
});

test('of a crowd, as many come in as the pace allows, a line of some seconds waits, and the rest is told when to come back', async () => {
  const pace = new Pace();
  await jest.advanceTimersByTimeAsync(5_000);
  const seen = await comers(pace, 1_000);
  const { in: atOnce } = seen;
  expect(atOnce).toBeLessThanOrEqual(pace.perSecond + 1);
  const inLine = 1_000 - atOnce - seen.sentAway;
  expect(inLine).toBeLessThanOrEqual(pace.perSecond * 8 + 1);
  await jest.advanceTimersByTimeAsync(2_000);
  expect(seen.in - atOnce).toBeGreaterThanOrEqual(pace.perSecond * 2 - 2);
  expect(seen.in - atOnce).toBeLessThanOrEqual(pace.perSecond * 2 + 2);
  await jest.advanceTimersByTimeAsync(10_000);
  expect(seen.in + seen.sentAway).toBe(1_000);
  expect(pace.waiting).toBe(0);
});

test('the pace slows down no more than once a second, never to a stop, and finds its way back', async () => {
  const pace = new Pace();
  const first = pace.perSecond;
  for (let look = 0; look < 100; look++) pace.adapt('slower');
  expect(pace.perSecond).toBeCloseTo(first * 0.75);
  for (let second = 0; second < 60; second++) {
    await jest.advanceTimersByTimeAsync(1_000);
    pace.adapt('slower');
  }
  expect(pace.perSecond).toBe(1);
  for (let look = 0; look < 120; look++) pace.adapt('faster');
  expect(pace.perSecond).toBeGreaterThan(first);
});

test('a stop lets in whoever stands in line', async () => {
  const pace = new Pace();
  const seen = await comers(pace, 60);
  pace.reset();
  await jest.advanceTimersByTimeAsync(0);
  expect(seen).toEqual({ in: 60, sentAway: 0 });
});
