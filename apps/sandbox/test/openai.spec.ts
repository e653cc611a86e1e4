import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import { chatRequest, unsupportedParameters } from '../src/openai/chat.js';
import { embeddingsRequest } from '../src/openai/embeddings.js';
import { type RunningSandbox, startSandbox } from '../src/sandbox.js';
import { membersOf, typeErrors } from './support/sdk-declarations.js';

let sandbox: RunningSandbox;
let openai: OpenAI;

beforeAll(async () => {
  sandbox = await startSandbox({ SANDBOX_PORTS: '0' });
  const baseURL = `http://127.0.0.1:${sandbox.ports.openai}/v1`;
  openai = new OpenAI({ apiKey: 'sk-test', baseURL, maxRetries: 0 });
});
afterEach(() => sandbox.sim.reset());
afterAll(() => sandbox.close());

function control(path: string, body: object): Promise<Response> {
  return fetch(`http://127.0.0.1:${sandbox.ports.console}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

const model = 'text-embedding-3-small';
const grounded = (question: string): OpenAI.ChatCompletionMessageParam[] => [
  { role: 'system', content: 'Answer only from the numbered passages, cite [n], or answer exactly NOT_IN_DOCUMENTS.' },
  {
    role: 'user',
    content: `Passages:\n[1] Sample: welcome\nWelcome to your RAG system! This is a sample document showing how semantic search works.\n\n[2] Sample: explanation\nRAG (Retrieval-Augmented Generation) combines search with LLMs to answer questions using your data.\n\nQuestion: ${question}`,
  },
];

test('every parameter the SDK can send is either carried out or refused by name', () => {
  const chat = membersOf('openai', 'resources/chat/completions/completions.d.ts', 'ChatCompletionCreateParamsBase');
  expect(chat.length).toBeGreaterThan(20);
  expect([...Object.keys(chatRequest.shape), ...unsupportedParameters].sort()).toEqual(chat);
  const embeddings = membersOf('openai', 'resources/embeddings.d.ts', 'EmbeddingCreateParams');
  expect(Object.keys(embeddingsRequest.shape).sort()).toEqual(embeddings);
});

async function raw(path: string, body?: object): Promise<unknown> {
  const answer = await fetch(`http://127.0.0.1:${sandbox.ports.openai}${path}`, {
    headers: { authorization: 'Bearer sk-test' },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (answer.headers.get('content-type')?.startsWith('text/event-stream') !== true) return JSON.parse(text);
  const events = text.split('\n\n').map((event) => event.replace(/^data: /, ''));
  expect(events.slice(-2)).toEqual(['[DONE]', '']);
  return events.slice(0, -2).map((event): unknown => JSON.parse(event));
}

test("every answer fits the SDK's own types, field by field", async () => {
  const chat = { model: 'gpt-4o-mini', messages: grounded('What is RAG?') };
  const usage = { stream: true, stream_options: { include_usage: true } };
  const answers: [type: string, value: unknown][] = [
    ['CreateEmbeddingResponse', await raw('/v1/embeddings', { model, input: ['a', 'b'], dimensions: 4 })],
    ['ChatCompletion', await raw('/v1/chat/completions', chat)],
    ['ChatCompletionChunk[]', await raw('/v1/chat/completions', { ...chat, ...usage })],
    ['Model', await raw('/v1/models/gpt-4o')],
    ["{ object: 'list'; data: Model[] }", await raw('/v1/models')],
  ];
  // Must fail, or the check proves nothing.
  answers.push(['Omit<Model, never>', { id: 'x', object: 'model', created: 1, owned_by: 'me', owner: 'me' }]);
  const imports = `import type { ChatCompletion, ChatCompletionChunk } from 'openai/resources/chat/completions';
import type { CreateEmbeddingResponse } from 'openai/resources/embeddings';
import type { Model } from 'openai/resources/models';`;
  expect(typeErrors(imports, answers)).toMatchObject([
    { type: 'Omit<Model, never>', error: expect.stringContaining('owner') },
  ]);
});

test('the SDK reads the base64 and the array form of an embedding as the same numbers', async () => {
  const input = ['What is RAG?', 'How does semantic search work?'];
  const packed = await openai.embeddings.create({ model, input });
  const plain = await openai.embeddings.create({ model, input, encoding_format: 'float' });
  expect(packed.data.map((each) => each.embedding)).toEqual(plain.data.map((each) => each.embedding));
  expect(packed.data.map((each) => [each.index, each.embedding.length])).toEqual([
    [0, 1536],
    [1, 1536],
  ]);
  expect(packed.usage.prompt_tokens).toBeGreaterThan(0);
  expect(packed.usage.total_tokens).toBe(packed.usage.prompt_tokens);
});

test('2048 inputs pass in one call and 2049 are refused', async () => {
  const many = Array.from({ length: 2048 }, (_, i) => `note ${i}`);
  const answer = await openai.embeddings.create({ model, input: many, dimensions: 8 });
  expect(answer.data).toHaveLength(2048);
  await expect(openai.embeddings.create({ model, input: [...many, 'more'] })).rejects.toMatchObject({ status: 400 });
});

test.each([
  ['an empty text', { input: '' }, null],
  ['a text over 8192 tokens', { input: 'word '.repeat(9000) }, 'context_length_exceeded'],
  ['more dimensions than the model has', { input: 'a', dimensions: 4096 }, null],
  ['a parameter nobody knows', { input: 'a', colour: 'red' }, 'unknown_parameter'],
])('%s is a 400 of the vendor, not an answer', async (_name, extra, code) => {
  const call = openai.embeddings.create({ model, ...extra });
  await expect(call).rejects.toBeInstanceOf(OpenAI.BadRequestError);
  await expect(call).rejects.toMatchObject({ code, type: 'invalid_request_error' });
});

test('a grounded question is answered with a quote and its mark', async () => {
  const answer = await openai.chat.completions.create({ model: 'gpt-4o-mini', messages: grounded('What is RAG?') });
  const [choice] = answer.choices;
  expect(choice?.message.content).toMatch(/^RAG \(Retrieval-Augmented Generation\) combines search .*\. \[2\]/);
  expect(choice?.finish_reason).toBe('stop');
  expect(answer.usage?.total_tokens).toBe((answer.usage?.prompt_tokens ?? 0) + (answer.usage?.completion_tokens ?? 0));
});

test('a question outside the passages is answered NOT_IN_DOCUMENTS', async () => {
  const messages = grounded('Who painted the Mona Lisa?');
  const answer = await openai.chat.completions.create({ model: 'gpt-4o-mini', messages });
  expect(answer.choices[0]?.message.content).toBe('NOT_IN_DOCUMENTS');
});

test('a stream carries the same text as the plain answer, and its usage at the end', async () => {
  const request = { model: 'gpt-4o-mini', messages: grounded('What is RAG?') };
  const plain = await openai.chat.completions.create(request);
  const stream = await openai.chat.completions.create({
    ...request,
    stream: true,
    stream_options: { include_usage: true },
  });
  let text = '';
  let usage: OpenAI.CompletionUsage | null | undefined;
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta.content ?? '';
    usage = chunk.usage;
  }
  expect(text).toBe(plain.choices[0]?.message.content);
  expect(usage).toEqual(plain.usage);
});

test('tools are refused by name instead of being ignored', async () => {
  const tools: OpenAI.ChatCompletionTool[] = [{ type: 'function', function: { name: 'f' } }];
  await expect(
    openai.chat.completions.create({ model: 'gpt-4o-mini', messages: grounded('?'), tools }),
  ).rejects.toMatchObject({ status: 400, code: 'unsupported_parameter', param: 'tools' });
});

test('an unknown model is a 404 model_not_found, in both kinds of call', async () => {
  const messages = grounded('What is RAG?');
  await expect(openai.chat.completions.create({ model, messages })).rejects.toMatchObject({ code: 'model_not_found' });
  await expect(openai.embeddings.create({ model: 'gpt-4o-mini', input: 'a' })).rejects.toMatchObject({ status: 404 });
  await expect(openai.models.retrieve('toString')).rejects.toMatchObject({ status: 404 });
});

test('a call without a key is a 401', async () => {
  const answer = await fetch(`http://127.0.0.1:${sandbox.ports.openai}/v1/models`);
  expect(answer.status).toBe(401);
  expect(answer.headers.get('x-request-id')).toMatch(/^req_/);
});

test('the models list names what can be asked, and each answer carries a request id', async () => {
  const { data, request_id } = await openai.models.list().withResponse();
  expect(data.data.map((each) => each.id)).toContain(model);
  expect(request_id).toMatch(/^req_/);
});

test('over the request limit the vendor answers 429 with the time to wait, and serves again after it', async () => {
  await control('/_sim/openai/limits', { requests_per_minute: 2 });
  const ask = () => openai.embeddings.create({ model, input: 'a' });
  await ask();
  const { response } = await openai.embeddings.create({ model, input: 'a' }).withResponse();
  expect(response.headers.get('x-ratelimit-remaining-requests')).toBe('0');
  const refused = await ask().catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(OpenAI.RateLimitError);
  const { headers, code } = refused as InstanceType<typeof OpenAI.RateLimitError>;
  expect(code).toBe('rate_limit_exceeded');
  const waitMs = Number(headers.get('retry-after-ms'));
  expect(waitMs).toBeGreaterThan(25_000);
  sandbox.sim.clock.advanceTo(sandbox.sim.clock.nowMs() + waitMs);
  await expect(ask()).resolves.toBeDefined();
});

test('over the token limit the vendor answers 429 although requests are left', async () => {
  await control('/_sim/openai/limits', { tokens_per_minute: 100 });
  const ask = () => openai.embeddings.create({ model, input: 'word '.repeat(60) });
  await ask();
  await expect(ask()).rejects.toMatchObject({ status: 429, code: 'rate_limit_exceeded', type: 'tokens' });
});

test('an exhausted quota is told apart from a rate limit, until it is paid', async () => {
  await control('/_sim/openai/quota', { exhausted: true });
  const ask = () => openai.embeddings.create({ model, input: 'a' });
  await expect(ask()).rejects.toMatchObject({ status: 429, type: 'insufficient_quota', code: 'insufficient_quota' });
  await control('/_sim/openai/quota', { exhausted: false });
  await expect(ask()).resolves.toBeDefined();
});

test('an injected 503 reaches the SDK as the vendor would send it', async () => {
  await control('/_sim/faults', { match: { vendor: 'openai', times: 1 }, action: { type: 'status', status: 503 } });
  await expect(openai.embeddings.create({ model, input: 'a' })).rejects.toMatchObject({
    status: 503,
    code: 'slow_down',
  });
});
