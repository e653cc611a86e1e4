/** The sentence of a passage that an answer is closest to in words: what the reader wants to see first. */
export function citedSentence(passage: string, answer: string): string {
  const wanted = wordsOf(answer);
  let best = '';
  let bestScore = 0;
  for (const sentence of passage.match(/[^.!?\n]+[.!?]*/g) ?? []) {
    const words = wordsOf(sentence);
    const score = [...words].filter((word) => wanted.has(word)).length / Math.sqrt(words.size || 1);
    if (score > bestScore) [best, bestScore] = [sentence.trim(), score];
  }
  return best;
}

/** Words of up to two letters are in every sentence. */
function wordsOf(text: string): Set<string> {
  return new Set(text.toLowerCase().match(/[\p{L}\p{N}]{3,}/gu) ?? []);
}
