import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { sampleQuestion } from '@latchkey/contracts';
import { QuestionJobs } from '../src/questions/questions.job.js';
import { Office, type Tenant } from './support/office.js';

let office: Office;
beforeAll(async () => {
  office = await Office.open();
});
afterAll(() => office.close());
afterEach(() => office.noFaults());

const policy = `Our refund policy is simple. Customers may return any item within 45 days of purchase for a full refund of the price they paid.

The warehouse is closed on public holidays and during the last week of December, so returns then take longer.`;

async function usedQueries(tenant: Tenant): Promise<number> {
  return (await tenant.call('GET', '/v1/usage')).body['queries_used'] as number;
}

test('the sample question is answered from the sample that explains it, with its source, before anything is uploaded', async () => {
  const tenant = await office.tenant({ samples: true });
  const { status, body } = await tenant.ask(sampleQuestion.text, { channel: 'wizard' });
  expect(status).toBe(200);
  expect(body).toMatchObject({
    grounded: true,
  });
  expect((body['sources'] as object[])[0]).toMatchObject({
    document_id: sampleQuestion.expectedDocumentId,
    sample: true,
  });
  expect(body['answer']).toMatch(/Retrieval-Augmented Generation.*\[1\]/);
  await office.world.drain();
  const answered = (await office.world.events(tenant.id)).filter(
    ({ type }) => type === 'workspace.question-answered.v1',
  );
  expect(answered).toMatchObject([{ data: { channel: 'wizard', grounded: true, cites_own_document: false } }]);
});

test('a question about an own document cites that document, and the event says so', async () => {
  const tenant = await office.tenant({ samples: true });
  const uploaded = await tenant.upload('Refund policy.md', policy);
  expect(uploaded).toMatchObject({ status: 201, body: { state: 'indexed', title: 'Refund policy', format: 'md' } });
  const { body } = await tenant.ask('Within how many days may customers return an item?', {
    token: await tenant.revealFirstKey(),
  });
  expect(body['answer']).toContain('45 days');
  expect(body).toMatchObject({
    grounded: true,
    sources: [{ document_id: uploaded.body['document_id'], sample: false }],
  });
  await office.world.drain();
  const [answered] = (await office.world.events(tenant.id)).filter(({ type }) => type.includes('question-answered'));
  expect(answered?.data).toMatchObject({ channel: 'api', cites_own_document: true });
  expect(answered?.data['prompt_tokens']).toBeGreaterThan(0);
});

test('a question the documents do not answer gets an honest answer without sources, and counts', async () => {
  const tenant = await office.tenant({ samples: true });
  const { status, body } = await tenant.ask('Who painted the Mona Lisa?');
  expect(status).toBe(200);
  expect(body).toMatchObject({ grounded: false, sources: [] });
  expect(body['answer']).toContain('do not contain');
  expect(await usedQueries(tenant)).toBe(1);
});

test('a question can be limited to some documents; the others are not asked', async () => {
  const tenant = await office.tenant();
  const refunds = await tenant.upload('refunds.txt', policy);
  const coffee = await tenant.upload(
    'coffee.txt',
    'The espresso machine must be descaled every two months with citric acid.',
  );
  const only = await tenant.ask('When may customers return an item for a full refund?', {
    documentIds: [String(coffee.body['document_id'])],
  });
  expect(only.body).toMatchObject({ grounded: false, sources: [] });
  const both = await tenant.ask('When may customers return an item for a full refund?', {
    documentIds: [String(coffee.body['document_id']), String(refunds.body['document_id'])],
  });
  expect(both.body).toMatchObject({ grounded: true, sources: [{ document_id: refunds.body['document_id'] }] });
});

test('of twenty questions at once with five left in the period, exactly five pass, on two replicas too', async () => {
  const tenant = await office.tenant();
  const second = await office.replica();
  await office.service.sql('update quota_period set queries_used = 9995 where tenant_id = $1', [tenant.id]);
  const elsewhere = tenant.as({ url: second.url });
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, at) => (at % 2 ? tenant : elsewhere).ask('Anything?')),
  );
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
  const refused = answers.filter(({ status }) => status !== 200);
  expect(new Set(refused.map(({ body }) => body.code))).toEqual(new Set(['quota_queries_exceeded']));
  expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(1_000_000);
  expect(await usedQueries(tenant)).toBe(10_000);
  await office.world.drain();
  const told = (await office.world.events(tenant.id)).filter(({ type }) => type === 'workspace.quota-exceeded.v1');
  expect(told).toMatchObject([{ data: { quota: 'queries', limit: 10_000 } }]);
  await office.world.stopService(second);
});

test('a new period begins with a full quota, and the old one stays as it was', async () => {
  const tenant = await office.tenant();
  await office.service.sql('update quota_period set queries_used = 10000 where tenant_id = $1', [tenant.id]);
  expect((await tenant.ask('Anything?')).body.code).toBe('quota_queries_exceeded');
  await office.world.advance(31 * 24 * 3_600_000);
  const later = tenant.as({ session: await office.token({ tenant_id: tenant.id }) });
  const answers = await Promise.all(Array.from({ length: 4 }, () => later.ask('Anything?')));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect(await usedQueries(later)).toBe(4);
  const periods = await office.service.sql('select queries_used from quota_period where tenant_id = $1 order by 1', [
    tenant.id,
  ]);
  expect(periods).toEqual([{ queries_used: 4 }, { queries_used: 10_000 }]);
});

test('more questions in a minute than the plan allows are refused with a time to wait', async () => {
  const tenant = await office.tenant();
  await office.service.sql('update runtime set queries_per_minute_max = 3 where tenant_id = $1', [tenant.id]);
  const answers = await Promise.all(Array.from({ length: 6 }, () => tenant.ask('Anything?')));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
  const refused = answers.find(({ status }) => status === 429);
  expect(refused?.body.code).toBe('rate_limited');
  expect(Number(refused?.headers.get('retry-after'))).toBeLessThanOrEqual(60);
});

test.each([
  ['openai', { vendor: 'openai', path: '/v1/embeddings' }, { type: 'status', status: 500 }, 'openai'],
  ['the answering model', { vendor: 'openai', path: '/v1/chat/completions' }, { type: 'reset-before' }, 'openai'],
  ['pinecone', { vendor: 'pinecone', path: '/query' }, { type: 'status', status: 503 }, 'pinecone'],
])(
  'when %s fails, the question is not counted and is told as a failure, not as a success',
  async (_name, match, action, reason) => {
    const tenant = await office.tenant({ samples: true });
    await office.fault(match, action);
    const { status, body, headers } = await tenant.ask(sampleQuestion.text);
    expect({ status, code: body.code }).toEqual({ status: 502, code: 'question_failed' });
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(JSON.stringify(body)).not.toMatch(/openai|pinecone/i);
    expect(await usedQueries(tenant)).toBe(0);
    await office.world.drain();
    const types = (await office.world.events(tenant.id)).filter(({ type }) => type.includes('question'));
    expect(types).toMatchObject([{ type: 'workspace.question-failed.v1', data: { reason } }]);
  },
);

test('one hiccup of a vendor is not the customer’s to notice', async () => {
  const tenant = await office.tenant({ samples: true });
  await office.fault({ vendor: 'pinecone', path: '/query', nth: 1 }, { type: 'status', status: 503 });
  expect((await tenant.ask(sampleQuestion.text)).status).toBe(200);
});

test('a question whose process died gives its place back, once, and is told as a failure', async () => {
  const tenant = await office.tenant();
  await tenant.ask('Anything?');
  await office.service.sql(`update question set state = 'asked', finished_at = null where tenant_id = $1`, [tenant.id]);
  await office.world.advance(4 * 60_000);
  const sweep = office.service.get(QuestionJobs);
  await Promise.all([office.inCommit(() => sweep.giveBackLost()), office.inCommit(() => sweep.giveBackLost())]);
  const later = tenant.as({ session: await office.token({ tenant_id: tenant.id }) });
  expect(await usedQueries(later)).toBe(0);
  await office.world.drain();
  expect((await office.world.eventTypes(tenant.id)).filter((type) => type.includes('failed'))).toHaveLength(1);
});
