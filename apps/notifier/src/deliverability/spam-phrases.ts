/**
 * Phrases that content filters punish (F5), each with the innocent use it must leave alone. Plain words like "now" or
 * "offer" are not here: alone they prove nothing.
 */
export const spamPhrases: RegExp[] = [
  // "feel free to reply", "free up space", "free of malware" are no bait.
  /(?<!\bfeel )\bfree\b(?! (to|up|of|from)\b)/gi,
  /\bact (fast|now|immediately|today)\b/gi,
  /\blimited[- ]time\b/gi,
  /\bclaim (your|the|this)\b/gi,
  /\bcongratulations\b/gi,
  /\bclick (here|below|this)\b/gi,
  /\b(buy|order|apply|call|sign up|join|log ?in|register|download) now\b/gi,
  /\b(special|exclusive|one[- ]time|amazing|incredible) (offer|deal|discount|promotion)\b/gi,
  /\boffer (ends|expires)\b/gi,
  /\b(100|hundred) ?(%|percent) (free|guaranteed|satisfied)/gi,
  /\b(risk[- ]free|no obligation|no strings attached|money[- ]back guarantee)\b/gi,
  /\byou(’|')?(ve| have)? (won|been (selected|chosen))\b/gi,
  /\b(winner|cash (bonus|prize)|earn (extra )?(cash|money)|make money|double your|miracle|lowest price)\b/gi,
  /\b(dear (friend|customer|sir|madam)|once in a lifetime|while (supplies|stocks) last|don(’|')t miss out|urgent response)\b/gi,
  /\b(this is not spam|not a scam|guaranteed winner)\b/gi,
];
