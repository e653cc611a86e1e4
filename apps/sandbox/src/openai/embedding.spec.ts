import { expect, test } from '@jest/globals';
import { sampleDocuments, sampleQuestion } from '@latchkey/contracts';
import { embed, similarity } from './embedding.js';

const documents = {
  refunds:
    'Refund policy. Customers may return any item within 30 days of purchase for a full refund. Shipping costs are not refunded unless the item arrived damaged.',
  support:
    'Our support desk is open Monday to Friday from 9:00 to 17:00. Outside these hours you can leave a message and we reply the next working day.',
  leave: 'Employees receive 25 days of paid vacation per year. Unused days can be carried over until the end of March.',
  network:
    'To connect to the office network from home, install the VPN client and sign in with your company account. Two-factor authentication is mandatory.',
  coffee:
    'The espresso machine must be descaled every two months. Use the citric acid solution stored under the sink, never vinegar.',
  backups:
    'Databases are backed up every night at 02:00 UTC and kept for 35 days. A restore test is done each quarter.',
};
const samples = sampleDocuments.map(({ id, text }) => ({ name: id as string, vector: embed(text, 1536) }));
const vectors = [...samples, ...Object.entries(documents).map(([name, text]) => ({ name, vector: embed(text, 1536) }))];

function ranked(question: string, among = vectors): { name: string; score: number }[] {
  const asked = embed(question, 1536);
  return among
    .map(({ name, vector }) => ({ name, score: similarity(asked, vector) }))
    .sort((a, b) => b.score - a.score);
}

test.each([
  ['What is RAG?', 'sample_2'],
  ['How does semantic search work?', 'sample_1'],
  ['How long do I have to return an item?', 'refunds'],
  ['Can I get my money back?', 'refunds'],
  ['When is support open?', 'support'],
  ['How many holidays do employees have?', 'leave'],
  ['How do I connect to the VPN from home?', 'network'],
  ['How often should I descale the coffee machine?', 'coffee'],
  ['How long are backups kept?', 'backups'],
  ['Is two factor authentication required?', 'network'],
])('%s finds its document first, clearly over the threshold', (question, expected) => {
  const [first] = ranked(question);
  expect(first?.name).toBe(expected);
  expect(first?.score).toBeGreaterThan(0.117);
});

test.each([
  'What is the capital of France?',
  'Who won the football world cup in 1998?',
  'How do I bake sourdough bread?',
  'What is the boiling point of mercury?',
  'How deep is the ocean?',
  'Who painted the Mona Lisa?',
])('an off-topic question stays under the threshold: %s', (question) => {
  expect(ranked(question)[0]?.score).toBeLessThan(0.08);
});

test('the sample question finds its sample first, embedded with and without its title', () => {
  const titled = sampleDocuments.map(({ id, title, text }) => ({ name: id, vector: embed(`${title}\n${text}`, 1536) }));
  for (const among of [samples, titled]) {
    expect(ranked(sampleQuestion.text, among)[0]?.name).toBe(sampleQuestion.expectedDocumentId);
  }
});

test('the same text always has the same unit vector, whatever ran before', () => {
  const first = embed(documents.refunds, 1536);
  embed('something in between', 1536);
  expect(embed(documents.refunds, 1536)).toEqual(first);
  expect(similarity(first, first)).toBeCloseTo(1, 5);
});

test.each(['???', ' ', '.', 'the of and', '日本語', '🙂'])('no text gets the zero vector, not even %j', (text) => {
  expect(similarity(embed(text, 1536), embed(text, 1536))).toBeCloseTo(1, 5);
});

test('a shortened embedding is the cut of the long one, scaled back to length 1', () => {
  const long = embed(documents.coffee, 1536);
  const short = embed(documents.coffee, 1536, 256);
  expect(short).toHaveLength(256);
  expect(similarity(short, short)).toBeCloseTo(1, 5);
  expect((short[0] ?? 0) * (long[1] ?? 0)).toBeCloseTo((short[1] ?? 0) * (long[0] ?? 0), 6);
});
