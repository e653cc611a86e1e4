import { expect, test } from '@jest/globals';
import { addInterval } from './subscription-life.js';

const after = (from: string, interval: string, count = 1): string =>
  new Date(addInterval(Date.parse(from) / 1000, interval, count) * 1000).toISOString();

test.each([
  ['2027-01-31T10:00:00Z', 'month', 1, '2027-02-28T10:00:00.000Z'],
  ['2028-01-31T10:00:00Z', 'month', 1, '2028-02-29T10:00:00.000Z'],
  ['2026-12-07T23:59:59Z', 'month', 1, '2027-01-07T23:59:59.000Z'],
  ['2028-02-29T00:00:00Z', 'year', 1, '2029-02-28T00:00:00.000Z'],
  ['2026-12-30T00:00:00Z', 'week', 2, '2027-01-13T00:00:00.000Z'],
])('%s plus %s x %i ends on a day that exists: %s', (from, interval, count, expected) => {
  expect(after(from, interval, count)).toBe(expected);
});
