import { conceptOf, contentStems, fold, isStopWord, sentences, topicWeight, words } from './language.js';

/** A question inside a text says what could be asked, not what is true, so it pulls less weight than a statement. */
const questionWeight = 0.5;
const weights = { word: 1, wordOfConcept: 0.5, concept: 0.9, bigram: 0.4, definition: 0.8, characters: 0.25 };
/** Four places per feature: fewer make the noise between unrelated short texts spiky (0.12 was seen with two). */
const hashSeeds = [0x9e3779b1, 0x7f4a7c15, 0x94d049bb, 0x2545f491];

class FeatureBag {
  readonly #features = new Map<string, { weight: number; count: number }>();

  add(feature: string, weight: number, count: number): void {
    const known = this.#features.get(feature);
    if (known) known.count += count;
    else this.#features.set(feature, { weight, count });
  }

  /** Sublinear in the count: a word repeated ten times is not ten times the topic. */
  *values(): Generator<[feature: string, value: number]> {
    for (const [feature, { weight, count }] of this.#features) {
      yield [feature, weight * (count < 1 ? count : 1 + Math.log(count))];
    }
  }

  get size(): number {
    return this.#features.size;
  }
}

/** FNV-1a with a murmur finish: every bit of the result is usable as index or sign. */
function hash(text: string, seed: number): number {
  let h = 0x811c9dc5 ^ seed;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** What a sentence asks to have defined ("What is RAG?") or defines ("RAG (Retrieval-Augmented ...)", "A lease is ..."). */
function definedTerms(sentence: string): string[] {
  const folded = fold(sentence);
  const asked = /^\W*(?:what(?:'s| is| are| does)|define|explain|meaning of)\b(.*)/.exec(folded)?.[1];
  if (asked !== undefined) return [asked.replace(/\b(?:means?|stands? for)\b/g, '')];
  const terms = [...folded.matchAll(/([\p{L}\p{N}-]+) \(([\p{L}][^()]{4,60})\)/gu)].flatMap((m) => [
    m[1] ?? '',
    m[2] ?? '',
  ]);
  const subject =
    /^\W*(?:an? |the )?((?:[\p{L}\p{N}-]+ ){1,3})(?:is|are|means|refers to|stands for) (?:an?|the)\b/u.exec(
      folded,
    )?.[1];
  return subject === undefined ? terms : [...terms, subject];
}

function addSegment(bag: FeatureBag, sentence: string, count: number): void {
  const folded = fold(sentence);
  const stems = contentStems(folded);
  stems.forEach((stem, i) => {
    // A word with synonyms carries most of its weight as the idea, so that another word for it is found almost as well.
    const concept = conceptOf(stem);
    bag.add(`w:${stem}`, topicWeight(stem) * (concept === undefined ? weights.word : weights.wordOfConcept), count);
    if (concept !== undefined) bag.add(`c:${concept}`, topicWeight(stem) * weights.concept, count);
    const next = stems[i + 1];
    if (next !== undefined) bag.add(`b:${stem} ${next}`, weights.bigram, count);
  });
  // A question quoted inside a text defines nothing, however much it repeats the words of one who asks.
  for (const term of count < 1 ? [] : definedTerms(sentence)) {
    const key = contentStems(term).join(' ');
    if (key !== '') bag.add(`d:${key}`, weights.definition, count);
  }
  for (const word of words(folded)) {
    if (isStopWord(word)) continue;
    const edged = `<${word}>`;
    const total = Math.max(1, 2 * edged.length - 5);
    for (const size of [3, 4]) {
      for (let i = 0; i + size <= edged.length; i++) {
        bag.add(`n:${edged.slice(i, i + size)}`, weights.characters / Math.sqrt(total / 2), count);
      }
    }
  }
}

function featuresOf(text: string): FeatureBag {
  const bag = new FeatureBag();
  const parts = sentences(text);
  const onlyQuestions = parts.every((part) => /\?\W*$/.test(part));
  for (const part of parts) {
    // Quoted questions inside a statement ("Try asking: 'What is RAG?'") count as questions too.
    const quoted = onlyQuestions ? [] : (part.match(/["'“‘][^"'”’]{3,200}\?["'”’]/gu) ?? []);
    const statement = quoted.reduce((rest, question) => rest.replace(question, ' '), part);
    addSegment(bag, statement, !onlyQuestions && /\?\W*$/.test(part) ? questionWeight : 1);
    for (const question of quoted) addSegment(bag, question, questionWeight);
  }
  if (bag.size === 0) bag.add(`raw:${text}`, 1, 1);
  return bag;
}

/**
 * A deterministic embedding: words, pairs, ideas, definitions and character runs hashed with two signs each into one
 * unit vector. Equal texts score 1, a plain question and its passage above 0.1, unrelated texts below 0.08
 * (VENDORS 8). Never the zero vector, which Pinecone would refuse.
 */
export function embed(text: string, modelDimensions: number, dimensions = modelDimensions): Float32Array {
  const vector = new Float32Array(modelDimensions);
  for (const [feature, value] of featuresOf(text).values()) {
    for (const seed of hashSeeds) {
      const h = hash(feature, seed);
      const index = (h >>> 1) % modelDimensions;
      vector[index] = (vector[index] ?? 0) + (h & 1 ? value : -value);
    }
  }
  // The vendor shortens an embedding by cutting it and scaling it back to length 1.
  const cut = vector.slice(0, dimensions);
  const length = Math.hypot(...cut);
  if (length === 0) {
    cut[hash(text, 1) % dimensions] = 1;
    return cut;
  }
  return cut.map((value) => value / length);
}

/** Cosine of two unit vectors. */
export function similarity(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
