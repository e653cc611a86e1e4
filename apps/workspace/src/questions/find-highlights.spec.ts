import { expect, test } from '@jest/globals';
import { findHighlights } from './find-highlights.js';

const passage =
  'Refund policy\nCustomers may return any item within 30 days of purchase. Shipping costs are not refunded. Gift cards cannot be exchanged for cash.';
const marked = (answer: string, number: number, text = passage) =>
  findHighlights(answer, number, text).map(({ start, end }) => text.slice(start, end));

test.each([
  ['a quotation', 'Shipping costs are not refunded. [1]', ['Shipping costs are not refunded.']],
  [
    'other words for it',
    'You may return an item within 30 days [1].',
    ['Customers may return any item within 30 days of purchase.'],
  ],
  [
    'two statements',
    'Gift cards cannot be exchanged [1]. Shipping costs are not refunded [1].',
    ['Shipping costs are not refunded.', 'Gift cards cannot be exchanged for cash.'],
  ],
  [
    'two passages behind one statement',
    'Shipping costs are not refunded [2] [1].',
    ['Shipping costs are not refunded.'],
  ],
  ['quite other words', 'Postage stays with the buyer [1].', []],
  ['a statement about another passage', 'Shipping costs are not refunded [2].', []],
])('%s marks what was meant and nothing else', (_what, answer, expected) => {
  expect(marked(answer, 1)).toEqual(expected);
});

test('offsets count as a browser counts, also behind letters outside of the basic plane', () => {
  const text = 'Emoji 🎉🎉 come first. The answer stands here.';
  expect(marked('The answer stands here [1].', 1, text)).toEqual(['The answer stands here.']);
});
