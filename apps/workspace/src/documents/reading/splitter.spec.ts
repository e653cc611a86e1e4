import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Unreadable } from './limits.ts';
import { splitText } from './splitter.ts';

const sentence = (n: number): string => `Sentence number ${n} says something of its own about the subject at hand.`;

test('a short text is one passage', () => {
  expect(splitText('Just this.\n\nAnd this.')).toEqual(['Just this.\nAnd this.']);
});

test('every passage of a section starts with its heading', () => {
  const long = Array.from({ length: 30 }, (_, at) => sentence(at)).join('\n\n');
  const chunks = splitText(`# Returns\n${long}\n\n## Shipping\nWe ship on Mondays.`);
  expect(chunks.length).toBeGreaterThan(3);
  for (const chunk of chunks.slice(0, -1)) expect(chunk.startsWith('Returns\n')).toBe(true);
  expect(chunks.at(-1)).toBe('Shipping\nWe ship on Mondays.');
});

test('neighbouring passages overlap by whole words, so that no thought is cut in two everywhere', () => {
  const chunks = splitText(Array.from({ length: 60 }, (_, at) => sentence(at)).join(' '));
  for (let at = 1; at < chunks.length; at++) {
    const start = chunks[at]!.split('\n')[0]!;
    expect(start.length).toBeGreaterThan(20);
    expect(chunks[at - 1]).toContain(start);
  }
});

test('a sentence longer than a passage is cut rather than lost', () => {
  const chunks = splitText('x'.repeat(5_000));
  expect(chunks.every((chunk) => chunk.length <= 1_000)).toBe(true);
  expect(chunks.join('').match(/x/g)!.length).toBeGreaterThanOrEqual(5_000);
});

test('no passage begins or ends within a character: half of one is no valid JSON for the vendors', () => {
  for (const shift of ['', 'x']) {
    const emoji = `${shift}${'🚀'.repeat(2_000)}`;
    const chunks = splitText(`# ${emoji}\n${emoji}\n\n${emoji}`);
    expect(chunks.filter((chunk) => !chunk.isWellFormed())).toEqual([]);
  }
});

test('no word of any text is lost, and no passage outgrows heading, overlap and chunk together', () => {
  const word = fc.stringMatching(/^[a-z]{1,12}$/);
  const gap = fc.constantFrom(' ', '. ', '\n', '\n\n', '\r\n\r\n', '\n## Heading\n');
  fc.assert(
    fc.property(fc.array(fc.tuple(word, gap), { maxLength: 400 }), (parts) => {
      const chunks = splitText(parts.flat().join(''));
      const words = new Set(chunks.join(' ').split(/[^a-z]+/));
      for (const [expected] of parts) expect(words.has(expected)).toBe(true);
      for (const chunk of chunks) expect(chunk.length).toBeLessThanOrEqual(800 + 200 + 120 + 2);
    }),
    { numRuns: 200 },
  );
});

test('a text of more passages than the limit is refused instead of cut', () => {
  expect(() => splitText('word '.repeat(400_000))).toThrow(new Unreadable('document_too_complex'));
});
