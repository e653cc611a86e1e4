import { citation, type Passage } from './prompt.js';

/** The beginning of a citation whose end has not come yet. */
const openCitation = /\[[\d\s,]{0,200}$/;

export type Piece = { citation: { number: number; source: number } } | { text: string };

/**
 * Does to a growing answer what `readAnswer` does to a whole one: citations are numbered anew in the order of their first
 * mention, and those of passages that are not there disappear. Nothing comes out before the first passage is cited:
 * an answer that cites nothing is not shown, and so NOT_IN_DOCUMENTS never is.
 */
export class CitedText {
  private readonly cited: Passage[] = [];
  private waiting = '';
  private begun = false;

  constructor(private readonly passages: readonly Passage[]) {}

  push(text: string): Piece[] {
    this.waiting = this.begun ? this.waiting + text : (this.waiting + text).trimStart();
    const pieces: Piece[] = [];
    let out = '';
    let from = 0;
    for (const match of this.waiting.matchAll(citation)) {
      out += this.waiting.slice(from, match.index) + this.renumber(match[1] ?? '', pieces);
      from = match.index + match[0].length;
    }
    if (this.cited.length === 0) return [];
    const rest = this.waiting.slice(from);
    // Half a citation waits for its other half; space at the end for more text, because the whole answer is trimmed.
    const held = openCitation.exec(rest)?.[0] ?? /\s+$/.exec(rest)?.[0] ?? '';
    const heldWithSpace = /\s*$/.exec(rest.slice(0, rest.length - held.length))?.[0] + held;
    out += rest.slice(0, rest.length - heldWithSpace.length);
    this.waiting = heldWithSpace;
    this.begun ||= out !== '';
    return out === '' ? pieces : [...pieces, { text: out }];
  }

  private renumber(numbers: string, pieces: Piece[]): string {
    const renumbered = numbers.split(',').flatMap((number) => {
      const source = Number(number) - 1;
      const passage = this.passages[source];
      if (!passage) return [];
      if (!this.cited.includes(passage)) {
        this.cited.push(passage);
        pieces.push({ citation: { number: this.cited.length, source } });
      }
      return [this.cited.indexOf(passage) + 1];
    });
    return renumbered.length > 0 ? `[${renumbered.join(', ')}]` : '';
  }
}
