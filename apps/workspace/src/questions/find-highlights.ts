import { citation } from './prompt.js';

const sentences = new Intl.Segmenter('en', { granularity: 'sentence' });
const words = new Intl.Segmenter('en', { granularity: 'word' });
/** Of a sentence's words, at least this share must be in the statement (or the other way round) for it to be what was meant. */
const shareMin = 0.5;

export interface Highlight {
  start: number;
  end: number;
}

/**
 * Where in a passage the sentences are that an answer's statements marked `[number]` rest on, by the words they share.
 * A guess for the eye: a model may say it in quite other words, and then nothing is marked rather than something wrong.
 */
export function findHighlights(answer: string, number: number, passage: string): Highlight[] {
  const inPassage = sentencesOf(passage);
  const chosen = statementsCiting(answer, number).flatMap((statement) => {
    const said = wordsOf(statement);
    const [best] = inPassage
      .map((sentence) => ({ ...sentence, share: shared(said, sentence.words) }))
      .sort((a, b) => b.share - a.share);
    return best && best.share >= shareMin ? [best] : [];
  });
  return [...new Map(chosen.map(({ start, end }) => [start, { start, end }])).values()].sort(
    (a, b) => a.start - b.start,
  );
}

/** The words before each citation of the passage, back to the citation before. `[1] [2]` stand behind the same words. */
function statementsCiting(answer: string, number: number): string[] {
  const statements: string[] = [];
  let from = 0;
  let last = '';
  for (const match of answer.matchAll(citation)) {
    last = answer.slice(from, match.index).trim() || last;
    if (match[1]?.split(',').some((part) => Number(part) === number)) statements.push(last);
    from = match.index + match[0].length;
  }
  return statements;
}

interface Sentence extends Highlight {
  words: Set<string>;
}

/** Sentences and lines: a heading, which every passage of its section begins with, is a line of its own. */
function sentencesOf(text: string): Sentence[] {
  const found: Sentence[] = [];
  let at = 0;
  for (const piece of [...sentences.segment(text)].flatMap(({ segment }) => segment.split(/(?<=\n)/))) {
    const start = at + piece.length - piece.trimStart().length;
    found.push({ start, end: start + piece.trim().length, words: wordsOf(piece) });
    at += piece.length;
  }
  return found;
}

function wordsOf(text: string): Set<string> {
  return new Set(
    [...words.segment(text)].filter(({ isWordLike }) => isWordLike).map(({ segment }) => segment.toLowerCase()),
  );
}

/** How much of the shorter one is in the longer one. */
function shared(a: Set<string>, b: Set<string>): number {
  const smaller = Math.min(a.size, b.size);
  return smaller < 2 ? 0 : [...a].filter((word) => b.has(word)).length / smaller;
}
