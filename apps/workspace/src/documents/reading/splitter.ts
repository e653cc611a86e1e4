import { readingLimits, Unreadable } from './limits.ts';

/** Long enough for a complete thought, short enough that one passage stands for one topic. */
const chunkCharacters = 800;
/** What a chunk repeats of the one before, so that a thought cut in two is whole in one of them. */
const overlapCharacters = 120;
const headingCharacters = 200;

const sentences = new Intl.Segmenter('en', { granularity: 'sentence' });

/** Where to cut so that no character is cut in two: half of an emoji is no valid JSON, and the vendors refuse it. */
function betweenCharacters(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff ? at - 1 : at;
}

/** Cuts a paragraph into pieces of at most a chunk: at sentence ends, and only inside a sentence that is longer itself. */
function pieces(paragraph: string): string[] {
  if (paragraph.length <= chunkCharacters) return [paragraph];
  return [...sentences.segment(paragraph)].flatMap(({ segment }) => {
    const parts: string[] = [];
    for (let at = 0, end; at < segment.length; at = end) {
      end = betweenCharacters(segment, at + chunkCharacters);
      parts.push(segment.slice(at, end));
    }
    return parts.map((part) => part.trim()).filter((part) => part !== '');
  });
}

/** The end of a chunk, from a word's start on. */
function tailOf(chunk: string): string {
  const tail = chunk.slice(betweenCharacters(chunk, Math.max(0, chunk.length - overlapCharacters)));
  return tail.slice(tail.search(/\s/) + 1).trim();
}

/**
 * Splits a text into passages for search: sections at headings, then paragraphs, then sentences. Every passage of a
 * section starts with the section's heading, because "30 days" alone does not say what is 30 days.
 */
export function splitText(text: string): string[] {
  const chunks: string[] = [];
  let heading = '';
  let current = '';
  /** True while `current` holds only what it repeats. */
  let onlyRepeated = true;

  const close = (carry: boolean): void => {
    const finished = current.trim();
    if (!onlyRepeated && finished !== '') {
      chunks.push(finished);
      if (chunks.length > readingLimits.chunksMax) throw new Unreadable('document_too_complex');
    }
    current = [heading, carry ? tailOf(finished) : ''].filter((part) => part !== '').join('\n');
    onlyRepeated = true;
  };

  const paragraphs = text
    .toWellFormed()
    .replace(/\r\n?/g, '\n')
    .split(/\n\s*\n|\n(?=#{1,6} )|(?<=^#{1,6} .*)\n/m)
    .map((paragraph) => paragraph.replace(/[^\S\n]+/g, ' ').trim())
    .filter((paragraph) => paragraph !== '');
  for (const paragraph of paragraphs) {
    const title = /^#{1,6} +(.+)$/.exec(paragraph)?.[1];
    if (title !== undefined) {
      heading = title.slice(0, betweenCharacters(title, headingCharacters));
      close(false);
      continue;
    }
    for (const piece of pieces(paragraph)) {
      if (!onlyRepeated && current.length + piece.length + 1 > chunkCharacters) close(true);
      current = current === '' ? piece : `${current}\n${piece}`;
      onlyRepeated = false;
    }
  }
  close(false);
  return chunks;
}
