/**
 * What little the offline model knows about English: which words carry no meaning, how words lose their endings and
 * which words mean the same. Small on purpose: enough that a plain question finds its passage, never tuned to one text.
 */
const stopWords = new Set(
  `a about all also am an and any are as at be been but by can could did do does doing for from get had has have he her
  here him his how i if in into is it its just let like may me might more most must my no nor not of on or our out over
  own please shall she should so some such tell than that the their them then there these they this those to too up us
  very was we were what when where which who whom whose why will with would you your much many long often soon s t re ve ll`.split(
    /\s+/,
  ),
);

const irregularForms = new Map(
  Object.entries({
    bought: 'buy',
    brought: 'bring',
    built: 'build',
    children: 'child',
    found: 'find',
    gave: 'give',
    given: 'give',
    held: 'hold',
    kept: 'keep',
    made: 'make',
    paid: 'pay',
    people: 'person',
    ran: 'run',
    sent: 'send',
    sold: 'sell',
    spoke: 'speak',
    taken: 'take',
    took: 'take',
    went: 'go',
    written: 'write',
    wrote: 'write',
  }),
);

const synonymGroups = [
  'refund reimburse reimbursement repay',
  'price cost fee charge rate expensive cheap tariff',
  'cancel terminate stop quit discontinue',
  'vacation holiday leave pto',
  'buy purchase order acquire',
  'begin start commence launch',
  'end finish complete conclude expire',
  'help support assistance assist',
  'employee staff worker colleague personnel',
  'delete remove erase destroy',
  'document file paper',
  'quick fast rapid speed',
  'big large huge',
  'small little tiny',
  'error fault failure problem issue defect',
  'answer reply respond response',
  'phone telephone mobile',
  'invoice bill billing',
  'salary wage compensation',
  'customer client buyer',
  'company firm business organisation organization',
  'car vehicle automobile',
  'doctor physician medic',
  'allow permit authorize authorise let',
  'need require must necessary mandatory',
  'explain describe define meaning',
  'ship deliver shipping delivery dispatch',
  'change modify edit update alter',
  'create make build produce',
  'show display present demonstrate',
  'safe secure security protect protection',
  'repair fix mend maintain maintenance',
  'warranty guarantee',
  'office workplace headquarters',
  'contract agreement',
  'meet meeting appointment',
  'teach train training instruct',
  'weekly week',
  'monthly month',
  'yearly annual year annually',
  'sick ill illness disease unwell',
  'allowance budget',
  'boss manager supervisor',
  'reception lobby entrance',
  'evening afternoon',
  'password passphrase credential',
  'reset restore recover recovery',
  'rule policy regulation guideline',
  'limit maximum cap',
  'location address place site',
  'meal lunch dinner breakfast food',
  'travel trip journey',
  'discount rebate reduction',
  'deadline due',
  'owner proprietor',
  'parcel package shipment',
  'storage warehouse',
];

/** Words that say little about a topic although they are no stop words: they count half. */
const commonWords = new Set(
  `able access add always ask available back become begin both call come contain day different each early end every few
  find first full general good great high important include know last later less level line live look lot low main
  number offer old one only open other part people point possible put right same say see set several show side since
  small start state still take thing think three time today two type use used using various want way week well while
  whole work world year`.split(/\s+/),
);

/** Answer kinds a question may ask for, and how a sentence shows that it holds one. They rank sentences, they never prove relevance. */
export const answerKinds: ReadonlyArray<{ kind: string; asked: RegExp; given: RegExp }> = [
  {
    kind: 'duration',
    asked: /\bhow (?:long|soon|often|quickly)\b|\bhow many (?:days|weeks|months|hours|minutes|years)\b/,
    given: /\b(?:\d+|one|two|three|four|five|six|seven|ten|twelve)[ -]+(?:second|minute|hour|day|week|month|year)s?\b/,
  },
  {
    kind: 'amount',
    asked: /\bhow much\b|\bwhat (?:does|is|are) .*\b(?:cost|price|fee)/,
    given: /[$€£]\s?\d|\b\d+(?:[.,]\d+)?\s?(?:usd|eur|gbp|dollars?|euros?|pounds?|percent|%)/,
  },
  { kind: 'count', asked: /\bhow many\b/, given: /\b\d+\b/ },
  {
    kind: 'moment',
    asked: /\bwhen\b|\bwhat (?:time|day|date|year)\b/,
    given:
      /\b(?:\d{1,2}:\d{2}|\d{1,2} ?(?:am|pm)|(?:1|2)\d{3}|monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|march|april|june|july|august|september|october|november|december)\b/,
  },
  { kind: 'reason', asked: /\bwhy\b/, given: /\bbecause\b|\bsince\b|\bso that\b|\btherefore\b|\bdue to\b/ },
];

/** Lower case, no accents, one kind of apostrophe: the form every other step works on. */
export function fold(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[’‘]/g, "'")
    .toLowerCase();
}

/** The words of a folded text, without a genitive `'s`. */
export function words(folded: string): string[] {
  return folded.replace(/'s\b/g, '').match(/[\p{L}\p{N}]+/gu) ?? [];
}

export function isStopWord(word: string): boolean {
  return stopWords.has(word);
}

function undouble(stem: string): string {
  return /([bdfgmnprt])\1$/.test(stem) ? stem.slice(0, -1) : stem;
}

/** A light suffix stemmer: it only has to map the forms of one word to one string, the string itself need not be a word. */
export function stem(word: string): string {
  const irregular = irregularForms.get(word);
  if (irregular !== undefined) return stem(irregular);
  if (word.length < 4 || /\d/.test(word)) return word;
  let base = word;
  if (/ies$/.test(base) && base.length > 4) base = base.slice(0, -3) + 'y';
  else if (/(?:sses|ches|shes|xes)$/.test(base)) base = base.slice(0, -2);
  else if (/[^sui]s$/.test(base)) base = base.slice(0, -1);
  const suffix = /(?:ations?|ments?|ness|able|ing|ed|ly)$/.exec(base)?.[0];
  if (suffix !== undefined) {
    const rest = base.slice(0, -suffix.length);
    if (rest.length >= 3 && /[aeiouy]/.test(rest)) {
      base = suffix.startsWith('ation') ? rest + 'at' : undouble(rest);
    }
  }
  return base.length > 3 && base.endsWith('e') ? base.slice(0, -1) : base;
}

const conceptOfStem = new Map<string, string>();
for (const group of synonymGroups) {
  const members = group.split(' ');
  for (const member of members) conceptOfStem.set(stem(member), members[0] ?? group);
}

/** The idea a stem stands for (`reimburse` → `refund`), when the small synonym list knows it. */
export function conceptOf(wordStem: string): string | undefined {
  return conceptOfStem.get(wordStem);
}

const commonStems = new Set([...commonWords].map(stem));

/** How much a stem says about the topic: plain numbers and everyday words half as much as the rest. */
export function topicWeight(wordStem: string): number {
  return commonStems.has(wordStem) || /^\d+$/.test(wordStem) ? 0.5 : 1;
}

/** Several words that are one: "backed up" and "backups" are the same matter, and so are "logged in" and "login". */
const phrases: ReadonlyArray<readonly [RegExp, string]> = [
  [/\bmoney back\b/g, 'refund'],
  [/\b(back|log|set|sign|check|pick)(?:ed|ged|ging|ting|ing|s)?[ -](up|in|out|on)\b/g, '$1$2'],
];

/** Meaning-bearing stems in order. A text of stop words alone keeps them, so that no text is ever without terms. */
export function contentStems(folded: string): string[] {
  const all = words(phrases.reduce((text, [phrase, word]) => text.replace(phrase, word), folded));
  const content = all.filter((word) => !isStopWord(word));
  return (content.length > 0 ? content : all).map(stem);
}

const sentenceSegmenter = new Intl.Segmenter('en', { granularity: 'sentence' });

/** Sentences as they stand in the text (line breaks end one too: headings and list items have no full stop). */
export function sentences(text: string): string[] {
  return text
    .split(/\n+/)
    .flatMap((line) => [...sentenceSegmenter.segment(line)].map((part) => part.segment.trim()))
    .filter((sentence) => /[\p{L}\p{N}]/u.test(sentence));
}
