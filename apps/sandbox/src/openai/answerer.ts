import { embed, similarity } from './embedding.js';
import { answerKinds, conceptOf, contentStems, fold, sentences, words } from './language.js';
import type { GroundedQuestion, Passage } from './passages.js';

/** The exact words agreed with the workspace service for "your documents do not say". */
export const notInDocuments = 'NOT_IN_DOCUMENTS';

const dimensions = 1536;
/** At least this share of the question's own terms must stand in the passage; under it the passage is about something else. */
const minimumCoverage = 0.5;
const minimumSentenceWords = 9;
/** A question made of these alone ("What is this document about?", "Summarise my file") asks for an overview. */
const overviewIdeas = ideas('document file text passage summary summarise summarize overview say contain upload');

interface Candidate {
  readonly sentence: string;
  readonly passage: Passage;
  readonly score: number;
  /** Share of the question's terms this one sentence holds. */
  readonly coverage: number;
}

/** A stem or the idea behind it: `reimbursed` covers `refund`. */
function ideas(text: string): Set<string> {
  return new Set(contentStems(fold(text)).map((stem) => conceptOf(stem) ?? stem));
}

function share(asked: Set<string>, held: Set<string>): number {
  if (asked.size === 0) return 0;
  return [...asked].filter((idea) => held.has(idea)).length / asked.size;
}

/** What the question is about, without the words that only speak of asking ("what does the document say about ..."). */
function subjectOf(question: string): Set<string> {
  const all = ideas(question);
  const subject = new Set([...all].filter((idea) => !overviewIdeas.has(idea)));
  return subject.size > 0 ? subject : all;
}

function candidates(question: string, passages: readonly Passage[]): Candidate[] {
  const folded = fold(question);
  const asked = subjectOf(question);
  const questionVector = embed(question, dimensions);
  const kinds = answerKinds.filter((kind) => kind.asked.test(folded));

  return passages.flatMap((passage) => {
    const whole = `${passage.title}\n${passage.text}`;
    if (share(asked, ideas(whole)) < minimumCoverage) return [];
    const passageScore = similarity(questionVector, embed(whole, dimensions));
    const titleIdeas = ideas(passage.title);
    return sentences(passage.text).map((sentence): Candidate => {
      const sentenceIdeas = ideas(sentence);
      const coverage = share(asked, new Set([...sentenceIdeas, ...titleIdeas]));
      const ownCoverage = share(asked, sentenceIdeas);
      let score = similarity(questionVector, embed(sentence, dimensions)) + 0.3 * passageScore + 0.3 * ownCoverage;
      if (coverage > 0 && kinds.some((kind) => kind.given.test(fold(sentence)))) score += 0.15;
      // A question or a heading repeats the customer's words without answering them.
      if (/\?\W*$/.test(sentence)) score *= 0.6;
      if (words(sentence).length < minimumSentenceWords) score *= 0.8;
      // Of two sentences on the same thing the rule is told before its exception.
      if (/\b(?:not|never|unless|except|cannot)\b/.test(fold(sentence))) score *= 0.85;
      return { sentence, passage, score, coverage };
    });
  });
}

function quote(chosen: readonly Candidate[]): string {
  // A bracketed number of the document's own (a footnote) must not pose as the mark of a passage.
  const plain = (sentence: string) => sentence.replace(/\s+/g, ' ').replace(/\[(\d[\d\s,]*)\]/g, '($1)');
  return chosen.map(({ sentence, passage }) => `${plain(sentence)} [${passage.number}]`).join(' ');
}

/**
 * Answers from the passages alone by quoting the best sentence (and up to two more that are nearly as good), each with
 * its passage number, or says `NOT_IN_DOCUMENTS`. It never writes a sentence of its own, so it cannot invent a fact.
 */
export function answerFromPassages({ question, passages }: GroundedQuestion): string {
  if (share(ideas(question), overviewIdeas) === 1) {
    const opening = passages.slice(0, 3).flatMap((passage): Candidate[] => {
      const sentence = sentences(passage.text)[0];
      return sentence === undefined ? [] : [{ sentence, passage, score: 1, coverage: 1 }];
    });
    return opening.length > 0 ? quote(opening) : notInDocuments;
  }
  const ranked = candidates(question, passages).sort((a, b) => b.score - a.score);
  const best = ranked[0];
  if (best === undefined || best.coverage === 0) return notInDocuments;
  const seen = new Set<string>();
  const chosen = ranked.filter(({ sentence, score, coverage }) => {
    if (score < best.score * 0.8 || coverage === 0 || seen.has(sentence)) return false;
    seen.add(sentence);
    return true;
  });
  return quote(chosen.slice(0, 3));
}
