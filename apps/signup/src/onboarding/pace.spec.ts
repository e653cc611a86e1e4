import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { Pace, type PaidLately } from './pace.js';

const seenAfterMs = 3_000;

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
  const pace = new Pace(seenAfterMs);
  for (let second = 0; second < 10; second++) {
    expect(await comers(pace, 10)).toEqual({ in: 10, sentAway: 0 });
    await jest.advanceTimersByTimeAsync(1_000);
  }
});

test('of a crowd, as many come in as the pace allows, a line of some seconds waits, and the rest is told when to come back', async () => {
  const pace = new Pace(seenAfterMs);
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

const nobody = { paid: 0, late: 0 };
const served = { paid: 20, late: 1 };
const late = { paid: 20, late: 15 };

/** Looks twice a second while more people come than are let in. */
async function looks(pace: Pace, seconds: number, seen: PaidLately, comingPerSecond = 1_000): Promise<void> {
  for (let look = 0; look < seconds * 2; look++) {
    void comers(pace, comingPerSecond / 2);
    await jest.advanceTimersByTimeAsync(500);
    pace.adapt(seen);
  }
}

test('somebody whom a vendor lets wait does not slow down the crowd', async () => {
  const pace = new Pace(seenAfterMs);
  const first = pace.perSecond;
  await looks(pace, 30, { paid: 20, late: 3 });
  await looks(pace, 30, { paid: 1, late: 1 });
  expect(pace.perSecond).toBeGreaterThan(first);
});

test('the pace is cut no more often than its effect can be seen, and never to a stop', async () => {
  const pace = new Pace(seenAfterMs);
  const first = pace.perSecond;
  for (let look = 0; look < 100; look++) pace.adapt(late);
  expect(pace.perSecond).toBeCloseTo(first * 0.65);
  await looks(pace, 120, late);
  expect(pace.perSecond).toBe(1);
});

test('after a cut the pace is soon back near what was too much, and feels its way from there', async () => {
  const pace = new Pace(seenAfterMs);
  await looks(pace, 20, served);
  const tooMuch = pace.perSecond;
  pace.adapt(late);
  await looks(pace, 3, served);
  expect(pace.perSecond).toBeGreaterThan(tooMuch * 0.85);
  await looks(pace, 5, served);
  expect(pace.perSecond).toBeLessThan(tooMuch * 1.05);
  await looks(pace, 60, served);
  expect(pace.perSecond).toBeGreaterThan(tooMuch * 2);
});

test('until the first of a crowd can have paid, the pace grows but slowly; a crowd that does not pay is let in', async () => {
  const pace = new Pace(seenAfterMs);
  await looks(pace, 6, nobody);
  expect(pace.perSecond).toBeLessThan(12);
  await looks(pace, 10, nobody);
  expect(pace.perSecond).toBeGreaterThan(100);
});

test('a short line is no crowd, and those who paid show that there is room', async () => {
  const [unpaid, paying] = [new Pace(seenAfterMs), new Pace(seenAfterMs)];
  await looks(unpaid, 4, nobody, 30);
  expect(unpaid.perSecond).toBeGreaterThan(20);
  await looks(paying, 4, served);
  expect(paying.perSecond).toBeGreaterThan(14);
});

test('a quiet evening does not open the door for the crowd of the next minute', async () => {
  const pace = new Pace(seenAfterMs);
  const first = pace.perSecond;
  await looks(pace, 300, { paid: 1, late: 0 }, 4);
  expect(pace.perSecond).toBe(first);
});

test('a stop lets in whoever stands in line', async () => {
  const pace = new Pace(seenAfterMs);
  const seen = await comers(pace, 60);
  pace.reset();
  await jest.advanceTimersByTimeAsync(0);
  expect(seen).toEqual({ in: 60, sentAway: 0 });
});
