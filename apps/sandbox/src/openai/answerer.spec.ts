import { expect, test } from '@jest/globals';
import { sampleDocuments } from '@latchkey/contracts';
import { answerFromPassages, notInDocuments } from './answerer.js';
import { readGroundedQuestion } from './passages.js';

const samples = sampleDocuments.map(({ title, text }) => `${title}\n${text}`);
const handbook = [
  'Refund policy\nCustomers may return any item within 30 days of purchase for a full refund. Shipping costs are not refunded unless the item arrived damaged. Gift cards cannot be exchanged for cash.',
  'Working hours\nOur support desk is open Monday to Friday from 9:00 to 17:00. Outside these hours you can leave a message and we reply the next working day.',
  'Coffee corner\nThe espresso machine must be descaled every two months. Use the citric acid solution stored under the sink, never vinegar.',
];

function ask(question: string, texts: readonly string[]): string {
  const passages = texts.map((text, i) => `[${i + 1}] ${text.includes('\n') ? '' : 'Sample\n'}${text}`).join('\n\n');
  const read = readGroundedQuestion(`Passages:\n${passages}\n\nQuestion: ${question}`);
  if (!read) throw new Error('the prompt was not understood');
  return answerFromPassages(read);
}

test('"What is RAG?" quotes the explaining sample, not the one that repeats the question', () => {
  expect(ask('What is RAG?', samples)).toMatch(/^RAG \(Retrieval-Augmented Generation\) combines search .* \[2\]/);
});

test('"How does semantic search work?" quotes the sample that shows it', () => {
  expect(ask('How does semantic search work?', samples)).toContain(
    'showing how semantic search works: it finds passages by their meaning',
  );
});

test.each([
  ['How long do I have to return an item?', 'within 30 days', '[1]'],
  ['Can I get my money back?', 'full refund', '[1]'],
  ['Are shipping costs refunded?', 'Shipping costs are not refunded', '[1]'],
  ['When is the support desk open?', 'from 9:00 to 17:00', '[2]'],
  ['How often must the espresso machine be descaled?', 'every two months', '[3]'],
  ['What does the document say about shipping?', 'Shipping costs are not refunded', '[1]'],
])('%s is answered by the sentence that holds the answer', (question, words, mark) => {
  const answer = ask(question, handbook);
  expect(answer.slice(0, answer.indexOf(']') + 1)).toContain(words);
  expect(answer.slice(0, answer.indexOf(']') + 1)).toContain(mark);
});

test('every sentence of an answer stands word for word in the passage it cites', () => {
  const answer = ask('What about refunds and shipping costs?', handbook);
  const quotes = [...answer.matchAll(/(.+?) \[(\d+)\]\s?/g)];
  expect(quotes.length).toBeGreaterThan(0);
  for (const [, sentence, number] of quotes) expect(handbook[Number(number) - 1]).toContain(sentence);
});

test.each(['What is the capital of France?', 'How do I bake sourdough bread?', 'Who is the chief executive?'])(
  'a question the passages do not answer gets exactly NOT_IN_DOCUMENTS: %s',
  (question) => {
    expect(ask(question, handbook)).toBe(notInDocuments);
  },
);

test("a document's own footnote number never poses as a citation", () => {
  const answer = ask('How high is the tower?', [
    'Tower\nThe tower of the town hall is 63 metres high [7], measured in 1921.',
  ]);
  expect(answer).toBe('The tower of the town hall is 63 metres high (7), measured in 1921. [1]');
});

test('an empty list of passages gets NOT_IN_DOCUMENTS, never an invented answer', () => {
  expect(ask('What is RAG?', [])).toBe(notInDocuments);
});

test('a request for a summary quotes how each passage begins', () => {
  const answer = ask('What is this document about?', handbook);
  expect(answer).toContain('Customers may return any item within 30 days of purchase for a full refund. [1]');
  expect(answer).toContain('[2]');
});

test('passages are read with Windows line ends, without a title and with the word "Question:" inside', () => {
  const read = readGroundedQuestion(
    'Context:\r\n[1] Only one line\r\n\r\n[4] FAQ\r\nQuestion: inside\r\n\r\nQuestion: How late?',
  );
  expect(read).toEqual({
    question: 'How late?',
    passages: [
      { number: 1, title: '', text: 'Only one line' },
      { number: 4, title: 'FAQ', text: 'Question: inside' },
    ],
  });
});

test('a message without numbered passages is an ordinary chat', () => {
  expect(readGroundedQuestion('Hello, who are you?')).toBeUndefined();
});
