import { expect, test } from '@jest/globals';
import { percentile } from './percentiles.js';

test('a percentile lies between its two nearest ranks, in proportion', () => {
  const oneToTen = [10, 3, 1, 2, 9, 4, 8, 5, 7, 6];
  expect(percentile(oneToTen, 50)).toBe(5.5);
  expect(percentile(oneToTen, 95)).toBeCloseTo(9.55, 10);
  expect(percentile(oneToTen, 99)).toBeCloseTo(9.91, 10);
});

test('the ends are the smallest and the largest value, in numeric order', () => {
  expect(percentile([100, 20, 3], 0)).toBe(3);
  expect(percentile([100, 20, 3], 100)).toBe(100);
});

test('one value is every percentile, and nothing has none', () => {
  expect(percentile([7], 99)).toBe(7);
  expect(percentile([], 50)).toBeNull();
});

test('the values are left in their order', () => {
  const values = [3, 1, 2];
  percentile(values, 50);
  expect(values).toEqual([3, 1, 2]);
});
