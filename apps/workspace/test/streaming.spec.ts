import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { QueryStreamEvents, sampleQuestion, type QueryResponse } from '@latchkey/contracts';
import { Office, type Tenant } from './support/office.js';

let office: Office;
beforeAll(async () => {
  office = await Office.open();
});
afterAll(() => office.close());
afterEach(() => office.noFaults());

type Name = keyof typeof QueryStreamEvents;
interface Event {
  name: Name;
  data: Record<string, unknown>;
}

function post(tenant: Tenant, body: object, headers: Record<string, string> = {}, signal?: AbortSignal) {
  return fetch(`${office.service.url}/v1/query`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tenant.session}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    ...(signal ? { signal } : {}),
  });
}

function read(text: string): Event[] {
  return text
    .split('\n\n')
    .filter((block) => block !== '')
    .map((block) => {
      const [, name, data] = /^event: (\w+)\ndata: (.+)$/.exec(block) ?? [];
      const event = { name: name as Name, data: JSON.parse(data ?? '') as Record<string, unknown> };
      QueryStreamEvents[event.name].parse(event.data);
      return event;
    });
}

async function usedQueries(tenant: Tenant): Promise<unknown> {
  return (await tenant.call('GET', '/v1/usage')).body['queries_used'];
}

test.each([
  ['in the body', { stream: true }, {}],
  ['by header', {}, { accept: 'text/event-stream' }],
])('a stream asked for %s: sources first, then the text, then the whole answer', async (_how, body, headers) => {
  const tenant = await office.tenant({ samples: true });
  const response = await post(tenant, { query: sampleQuestion.text, ...body }, headers);
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
  const events = read(await response.text());
  const names = events.map(({ name }) => name);
  expect([names[0], names.at(-1)]).toEqual(['sources', 'done']);
  expect(names.indexOf('citation')).toBeLessThan(names.indexOf('delta'));
  const done = events.at(-1)?.data as QueryResponse;
  const shown = events.flatMap(({ name, data }) => (name === 'delta' ? [String(data['text'])] : [])).join('');
  expect(shown).toBe(done.answer);
  expect(done.usage.completion_tokens).toBeGreaterThan(0);
  // What the citation names is the very passage that the answer lists as its source.
  const { sources } = events[0]?.data as unknown as QueryResponse;
  const first = events.find(({ name }) => name === 'citation')?.data as { number: number; source: number };
  expect(sources[first.source]).toMatchObject({ document_id: done.sources[0]?.document_id });
  const [source] = done.sources;
  const [mark] = source?.highlights ?? [];
  expect(source?.passage.slice(mark?.start, mark?.end)).toContain('Retrieval-Augmented Generation');
  expect(await usedQueries(tenant)).toBe(1);
});

test('a question the documents do not answer shows only the honest sentence', async () => {
  const tenant = await office.tenant({ samples: true });
  const events = read(await (await post(tenant, { query: 'Who painted the Mona Lisa?', stream: true })).text());
  const deltas = events.filter(({ name }) => name === 'delta');
  expect(deltas).toMatchObject([{ data: { text: expect.stringContaining('do not contain') } }]);
  expect(events.at(-1)).toMatchObject({ name: 'done', data: { grounded: false, sources: [] } });
});

test('what is refused before the first event is an ordinary problem', async () => {
  const tenant = await office.tenant();
  await office.fault({ vendor: 'openai', path: '/v1/embeddings' }, { type: 'status', status: 500 });
  const response = await post(tenant, { query: 'Anything?', stream: true });
  expect(response.status).toBe(502);
  expect(await response.json()).toMatchObject({ code: 'question_failed' });
});

test('a model that fails after the sources ends the stream with the problem, and the question is not counted', async () => {
  const tenant = await office.tenant({ samples: true });
  await office.fault({ vendor: 'openai', path: '/v1/chat/completions' }, { type: 'status', status: 500 });
  const events = read(await (await post(tenant, { query: sampleQuestion.text, stream: true })).text());
  expect(events.map(({ name }) => name)).toEqual(['sources', 'error']);
  expect(events[1]?.data).toMatchObject({ code: 'question_failed', retry_after: 5 });
  expect(await usedQueries(tenant)).toBe(0);
});

test('one hiccup of the model before its first word is not the customer’s to notice', async () => {
  const tenant = await office.tenant({ samples: true });
  await office.fault({ vendor: 'openai', path: '/v1/chat/completions', nth: 1 }, { type: 'status', status: 503 });
  const events = read(await (await post(tenant, { query: sampleQuestion.text, stream: true })).text());
  expect(events.at(-1)?.name).toBe('done');
});

test('whoever goes away in the middle leaves a question that is settled, once, and holds no place for ever', async () => {
  const tenant = await office.tenant({ samples: true });
  await office.fault({ vendor: 'openai', path: '/v1/chat/completions' }, { type: 'latency', ms: 300 });
  const leaving = new AbortController();
  const response = await post(tenant, { query: sampleQuestion.text, stream: true }, {}, leaving.signal);
  const reader = response.body!.getReader();
  await reader.read();
  leaving.abort();
  await office.untilSettled(tenant.id);
  expect(await usedQueries(tenant)).toBe(1);
  await office.world.drain();
  const told = (await office.world.events(tenant.id)).filter(({ type }) => type.includes('question'));
  expect(told.map(({ type }) => type)).toEqual(['workspace.question-answered.v1']);
});

test('an upload that does not want to wait is answered at once, and its progress grows to the end', async () => {
  const tenant = await office.tenant();
  const paragraphs = Array.from({ length: 40 }, (_, at) => `Rule ${at}. ${`Word${at} `.repeat(110)}`);
  const form = new FormData();
  form.set('file', new Blob([paragraphs.join('\n\n')]), 'rules.txt');
  await office.fault({ vendor: 'openai', path: '/v1/embeddings' }, { type: 'latency', ms: 150 });
  const response = await fetch(`${office.service.url}/v1/documents`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tenant.session}`, prefer: 'respond-async' },
    body: form,
  });
  const { document_id } = (await response.json()) as { document_id: string };
  expect(response.status).toBe(202);
  const seen = new Set<number>();
  for (;;) {
    const { body } = await tenant.call('GET', `/v1/documents/${document_id}`);
    seen.add(Number(body['chunks_created']));
    if (body['state'] === 'indexed') break;
  }
  const steps = [...seen];
  expect(steps.length).toBeGreaterThanOrEqual(3);
  expect(steps).toEqual(steps.toSorted((a, b) => a - b));
});
