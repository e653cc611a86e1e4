import { expect, test } from '@jest/globals';
import { CitedText } from './cited-text.js';
import { notInDocuments, readAnswer, type Passage } from './prompt.js';

const passage = (documentId: string): Passage => ({
  documentId,
  title: documentId,
  text: '',
  score: 1,
  sample: false,
  chunk: 0,
});
const passages = ['a', 'b', 'c'].map(passage);

/** Cuts at every place in turn, and into single characters. */
function* cuts(text: string): Generator<string[]> {
  for (let at = 0; at <= text.length; at++) yield [text.slice(0, at), text.slice(at)];
  yield [...text];
}

test.each([
  'Thirty days [2]. Shipping is not refunded [1, 2].',
  '  Thirty days [3]\n\nand more [ 1 ] and [1]. ',
  'Nobody [7] knows [7], but [2,9] does [9]',
  '[9] begins with nothing [1] ',
  'An array[0] of [1] and [12 more',
])('however it is cut, the pieces together are the whole answer: %s', (text) => {
  const whole = readAnswer(text, passages);
  for (const parts of cuts(text)) {
    const cited = new CitedText(passages);
    const pieces = parts.flatMap((part) => cited.push(part));
    const shown = pieces.map((piece) => ('text' in piece ? piece.text : '')).join('');
    // Half a citation at the very end is never finished: the last event carries the whole answer anyway.
    expect(whole?.answer.startsWith(shown)).toBe(true);
    if (!text.includes('[12 more')) expect(shown).toBe(whole?.answer);
    const named = pieces.flatMap((piece) => ('citation' in piece ? [passages[piece.citation.source]] : []));
    expect(named).toEqual(whole?.cited);
  }
});

test.each([notInDocuments, 'I am quite sure that it is forty-two.', 'It says so in [9].'])(
  'an answer that cites nothing shows nothing: %s',
  (text) => {
    for (const parts of cuts(text)) {
      const cited = new CitedText(passages);
      expect(parts.flatMap((part) => cited.push(part))).toEqual([]);
    }
  },
);
