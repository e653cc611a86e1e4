import { expect, test } from '@jest/globals';
import { GiveUp, RetryLater } from '@latchkey/shared/errors';
import { refusedUrl, startWireServer, type WireAnswer, type WireRequest } from '@latchkey/testing/wire-server';
import { createOpenAi, type OpenAiConfig } from './openai.js';

const open = async (
  play: (request: WireRequest, attempt: number) => WireAnswer,
  config: Partial<OpenAiConfig> = {},
) => {
  const server = await startWireServer(play);
  const openai = createOpenAi({
    breaker: undefined,
    apiKey: 'sk-wire',
    baseUrl: `${server.url}/v1`,
    embeddingModel: 'text-embedding-3-small',
    chatModel: 'gpt-4o-mini',
    embedTimeoutMs: 2_000,
    answerTimeoutMs: 2_000,
    ...config,
  });
  return { server, openai };
};
const base64 = (vector: number[]) => Buffer.from(new Float32Array(vector).buffer).toString('base64');
/** Answers each text with its length, in the wrong order, as the format allows. */
const embeddings = ({ body }: WireRequest): WireAnswer => {
  const { input }: { input: string[] } = JSON.parse(body);
  const data = input.map((text, index) => ({ object: 'embedding', index, embedding: base64([text.length, 0.5]) }));
  return {
    body: { object: 'list', model: 'm', data: data.reverse(), usage: { prompt_tokens: input.length, total_tokens: 0 } },
  };
};
const prompt = { system: 'Answer from the passages.', user: 'What is it?', maxTokens: 300 };
const completion = (message: object, finish_reason = 'stop') => ({
  body: {
    choices: [{ index: 0, message, finish_reason }],
    usage: { prompt_tokens: 40, completion_tokens: 7, total_tokens: 47 },
  },
});
const failing = async (answer: WireAnswer, retries?: 0 | 1, config: Partial<OpenAiConfig> = {}) => {
  const { server, openai } = await open(() => answer, config);
  await using _ = server;
  const error: unknown = await openai.answer({ ...prompt, retries }).catch((thrown: unknown) => thrown);
  return { error, attempts: server.requests.length };
};
const openAiError = (status: number, error: object, headers: Record<string, string> = {}): WireAnswer => ({
  status,
  headers: { 'x-request-id': 'req_7', ...headers },
  body: { error },
});

test('every text gets its own vector, in order, over as many requests as the limits need', async () => {
  const { server, openai } = await open(embeddings);
  await using _ = server;
  const texts = Array.from({ length: 600 }, (_unused, index) => 'x'.repeat(index + 1));
  const { vectors, promptTokens } = await openai.embed(texts);
  expect(vectors).toEqual(texts.map(({ length }) => [length, 0.5]));
  expect(promptTokens).toBe(600);
  expect(server.requests).toHaveLength(3);
});

test('long texts are split by size before OpenAI refuses them by tokens', async () => {
  const { server, openai } = await open(embeddings);
  await using _ = server;
  await openai.embed(Array.from({ length: 5 }, () => 'x'.repeat(100_000)));
  const sizes = server.requests.map(({ body }) => (JSON.parse(body) as { input: string[] }).input.length);
  expect(sizes).toEqual([2, 2, 1]);
});

test('no text costs no request', async () => {
  const { server, openai } = await open(embeddings);
  await using _ = server;
  await expect(openai.embed([])).resolves.toEqual({ vectors: [], promptTokens: 0 });
  expect(server.requests).toHaveLength(0);
});

test('the dimension is asked for only where it is configured', async () => {
  for (const embeddingDimensions of [undefined, 512]) {
    const { server, openai } = await open(embeddings, { embeddingDimensions });
    await using _ = server;
    await openai.embed(['a']);
    expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual({
      model: 'text-embedding-3-small',
      input: ['a'],
      encoding_format: 'base64',
      ...(embeddingDimensions === undefined ? {} : { dimensions: 512 }),
    });
  }
});

test('a missing vector is an outage, never a vector of somebody else’s text', async () => {
  const { server, openai } = await open(() => ({
    body: { data: [{ index: 0, embedding: base64([1]) }], usage: { prompt_tokens: 1 } },
  }));
  await using _ = server;
  await expect(openai.embed(['a', 'b'])).rejects.toMatchObject({ kind: 'outage', code: 'malformed_answer' });
});

test('an answer comes with its price and the reason it ended', async () => {
  const { server, openai } = await open(() => completion({ role: 'assistant', content: 'It is [1].' }, 'length'));
  await using _ = server;
  await expect(openai.answer(prompt)).resolves.toEqual({
    text: 'It is [1].',
    promptTokens: 40,
    completionTokens: 7,
    finishReason: 'length',
  });
  expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual({
    model: 'gpt-4o-mini',
    messages: [
      { role: 'system', content: prompt.system },
      { role: 'user', content: prompt.user },
    ],
    max_completion_tokens: 300,
  });
});

test('a refusal of the model is told apart from an answer', async () => {
  const { server, openai } = await open(() => completion({ role: 'assistant', content: null, refusal: 'I cannot.' }));
  await using _ = server;
  await expect(openai.answer(prompt)).resolves.toMatchObject({ text: '', finishReason: 'refusal' });
});

const rateLimit = openAiError(429, { type: 'requests', code: 'rate_limit_exceeded' }, { 'retry-after-ms': '20' });

test.each([
  [undefined, 1],
  [0, 1],
  [1, 2],
] as const)('with %s retries a rate limit is tried %s times', async (retries, attempts) => {
  const failure = await failing(rateLimit, retries);
  expect(failure.error).toBeInstanceOf(RetryLater);
  expect(failure.error).toMatchObject({ kind: 'rate_limit', status: 429, retryAfterMs: 20, requestId: 'req_7' });
  expect(failure.attempts).toBe(attempts);
});

test.each([
  ['insufficient_quota', 'insufficient_quota'],
  ['insufficient_quota', 'project_spend_limit_exceeded'],
  ['insufficient_quota', 'a_code_of_next_year'],
  ['billing', 'credit_balance_exhausted'],
])('an empty purse (%s, %s) is a quota and not a rate limit, although both are 429', async (type, code) => {
  const { error } = await failing(openAiError(429, { type, code, message: 'You exceeded your current quota' }));
  expect(error).toBeInstanceOf(GiveUp);
  expect(error).toMatchObject({ kind: 'quota', code });
});

test.each([
  ['its outage', openAiError(500, { type: 'server_error' }), 'outage'],
  ['an overload', openAiError(503, { type: 'server_error', code: 'slow_down' }), 'outage'],
  ['a page of a proxy', { status: 502, headers: { 'content-type': 'text/html' }, body: '<h1>' }, 'outage'],
  ['broken JSON', { body: '{"choices":' }, 'outage'],
  ['an answer without choices', { body: {} }, 'outage'],
  ['half a body', 'cut-body', 'connection'],
  ['a cut connection', 'reset', 'connection'],
] as const)('%s is for later and asked once in a job', async (_name, answer, kind) => {
  const { error, attempts } = await failing(answer);
  expect(error).toBeInstanceOf(RetryLater);
  expect(error).toMatchObject({ vendor: 'openai', operation: 'answer', kind });
  expect(attempts).toBe(1);
});

test('an OpenAI whose answer drips for ever ends in a timeout', async () => {
  const { error } = await failing('drip', 0, { answerTimeoutMs: 100 });
  expect(error).toBeInstanceOf(RetryLater);
  expect(error).toMatchObject({ kind: 'timeout' });
});

test('a silent OpenAI is abandoned after its timeout', async () => {
  const startedAtMs = performance.now();
  const { error, attempts } = await failing('hang', 0, { answerTimeoutMs: 100 });
  // No look at the kind: Jest's realm hides from the SDK that the abort is an Error, so `timeout` shows only outside.
  expect(error).toBeInstanceOf(RetryLater);
  expect(attempts).toBe(1);
  expect(performance.now() - startedAtMs).toBeLessThan(1_000);
});

test('an OpenAI that cannot be reached was not asked', async () => {
  const { server, openai } = await open(embeddings, { baseUrl: await refusedUrl() });
  await using _ = server;
  await expect(openai.embed(['a'])).rejects.toMatchObject({ kind: 'connection', outcomeUnknown: false });
});

test.each([
  [400, 'context_length_exceeded', 'refused'],
  [401, 'invalid_api_key', 'auth'],
  [404, 'model_not_found', 'not_found'],
])('%s %s is given up at once', async (status, code, kind) => {
  const { error, attempts } = await failing(openAiError(status, { type: 'invalid_request_error', code }), 1);
  expect(error).toBeInstanceOf(GiveUp);
  expect(error).toMatchObject({ kind, code });
  expect(attempts).toBe(1);
});

const chunk = (delta: object, finish_reason: string | null = null) =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
const usageChunk = `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 40, completion_tokens: 7 } })}\n\n`;
const inPieces = async (body: string) => {
  const { server, openai } = await open(() => ({ headers: { 'content-type': 'text/event-stream' }, body }));
  await using _ = server;
  const pieces: string[] = [];
  const answer = await openai.answerInPieces(prompt, (text) => pieces.push(text)).catch((thrown: unknown) => thrown);
  return { pieces, answer };
};

test('a streamed answer is told piece by piece and comes whole at the end, with what it cost', async () => {
  const body = `${chunk({ content: '' })}${chunk({ content: 'Thirty' })}${chunk({ content: ' days [1]' })}${chunk({}, 'stop')}${usageChunk}data: [DONE]\n\n`;
  const { pieces, answer } = await inPieces(body);
  expect(pieces).toEqual(['Thirty', ' days [1]']);
  expect(answer).toEqual({ text: 'Thirty days [1]', promptTokens: 40, completionTokens: 7, finishReason: 'stop' });
});

test('a stream that ends in the middle, however orderly, is no answer', async () => {
  const { answer } = await inPieces(chunk({ content: 'Thirty' }));
  expect(answer).toBeInstanceOf(RetryLater);
  expect(answer).toMatchObject({ code: 'malformed_answer' });
});
