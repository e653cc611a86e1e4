import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { Pinecone, type Index } from '@pinecone-database/pinecone';
import * as dataModels from '@pinecone-database/pinecone/dist/pinecone-generated-ts-fetch/db_data/index.js';
import {
  createNamespaceRequest,
  deleteRequest,
  fetchByMetadataRequest,
  queryRequest,
  statsRequest,
  updateRequest,
  upsertRequest,
} from '../src/pinecone/requests.js';
import { type RunningSandbox, startSandbox } from '../src/sandbox.js';
import { fetchNotingUnread } from './support/unread-fields.js';

const dimension = 8;
const settings = {
  SANDBOX_PORTS: '0',
  SANDBOX_PINECONE_DIMENSION: String(dimension),
  SANDBOX_PINECONE_VISIBLE_AFTER_MS: '5000',
};
let sandbox: RunningSandbox;
let host: string;

beforeAll(async () => {
  sandbox = await startSandbox(settings);
  host = `http://127.0.0.1:${sandbox.ports.pinecone}`;
});
afterEach(() => sandbox.sim.reset());
afterAll(() => sandbox.close());

function tenant(namespace: string, on = host): Index {
  return new Pinecone({ apiKey: 'pc-test', controllerHostUrl: on, maxRetries: 0 }).index({ host: on, namespace });
}

function post(path: string, body: unknown, headers: Record<string, string> = { 'api-key': 'pc-test' }) {
  return fetch(host + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

/** A unit-like vector that points along one axis, with a little of the next one. */
const axis = (i: number, next = 0.1) =>
  Array.from({ length: dimension }, (_, at) => (at === i ? 1 : at === i + 1 ? next : 0));
const passTime = (ms: number) => sandbox.sim.clock.advanceTo(sandbox.sim.clock.nowMs() + ms);
const effects = (kind: string) => sandbox.sim.journal.effects({ kind }).map((effect) => effect.key);

test('the SDK finds the index by name and reads its 2026-07 shape', async () => {
  const pinecone = new Pinecone({ apiKey: 'pc-test', controllerHostUrl: host });
  const described = await pinecone.describeIndex('latchkey');
  expect(described).toMatchObject({ name: 'latchkey', host, status: { ready: true } });
  expect(Object.values(described.schema?.fields ?? {})).toMatchObject([
    { type: 'dense_vector', dimension, metric: 'cosine' },
  ]);
  expect((await pinecone.listIndexes()).indexes).toHaveLength(1);
  await expect(pinecone.describeIndex('other')).rejects.toMatchObject({ name: 'PineconeNotFoundError' });
});

test('every field the SDK can send is known, and no other', () => {
  const none = {} as never;
  const vectors: never[] = [];
  const pairs = [
    [upsertRequest, dataModels.UpsertRequestToJSON({ vectors })],
    [queryRequest, dataModels.QueryRequestToJSON(none)],
    [deleteRequest, dataModels.DeleteRequestToJSON(none)],
    [updateRequest, dataModels.UpdateRequestToJSON(none)],
    [statsRequest, dataModels.DescribeIndexStatsRequestToJSON(none)],
    [fetchByMetadataRequest, dataModels.FetchByMetadataRequestToJSON(none)],
    [createNamespaceRequest, dataModels.CreateNamespaceRequestToJSON(none)],
  ] as const;
  for (const [schema, sent] of pairs)
    expect(Object.keys(schema.shape).sort()).toEqual(Object.keys(sent as object).sort());
});

test('every field of every answer is one that the SDK reads', async () => {
  const { fetchApi, unreadFields, answers } = fetchNotingUnread();
  const pinecone = new Pinecone({ apiKey: 'pc-test', controllerHostUrl: host, maxRetries: 0, fetchApi });
  await pinecone.listIndexes();
  const index = pinecone.index({ name: 'latchkey', namespace: 't1' });
  await index.createNamespace({ name: 't1', schema: { fields: { kind: { filterable: true } } } });
  await index.upsert({ records: [0, 1].map((i) => ({ id: `v${i}`, values: axis(i), metadata: { kind: 'own' } })) });
  await index.update({ id: 'v0', metadata: { kind: 'other' } });
  passTime(5000);
  await index.query({ vector: axis(0), topK: 2, includeMetadata: true, includeValues: true });
  await index.fetch({ ids: ['v0'] });
  await index.fetchByMetadata({ filter: { kind: 'own' } });
  await index.listPaginated({ limit: 1 });
  await index.describeIndexStats();
  await index.describeNamespace('t1');
  await index.listNamespaces({ limit: 1 });
  await index.deleteAll();
  await index.deleteNamespace('t1');
  expect(answers()).toBeGreaterThanOrEqual(12);
  expect(unreadFields()).toEqual([]);
});

test('a written vector becomes visible only after the delay, and the LSN headers tell when', async () => {
  const wrote = await post('/vectors/upsert', { namespace: 't1', vectors: [{ id: 'a', values: axis(0) }] });
  const lsn = Number(wrote.headers.get('x-pinecone-request-lsn'));
  expect(await wrote.json()).toEqual({ upsertedCount: 1 });
  const query = () => post('/query', { namespace: 't1', topK: 3, vector: axis(0) });

  const early = await query();
  expect((await early.json()) as object).toMatchObject({ matches: [] });
  expect(Number(early.headers.get('x-pinecone-max-indexed-lsn'))).toBeLessThan(lsn);
  expect((await tenant('t1').fetch({ ids: ['a'] })).records).toEqual({});

  passTime(5000);
  const late = await query();
  expect((await late.json()) as object).toMatchObject({ matches: [{ id: 'a' }] });
  expect(Number(late.headers.get('x-pinecone-max-indexed-lsn'))).toBeGreaterThanOrEqual(lsn);
});

test('the nearest vector comes first, with metadata and values only when asked for', async () => {
  const index = tenant('t1');
  await index.upsert({
    records: [0, 1, 2].map((i) => ({ id: `v${i}`, values: axis(i), metadata: { at: i, text: `text ${i}` } })),
  });
  passTime(5000);
  const { matches } = await index.query({ vector: axis(1), topK: 2, includeMetadata: true, includeValues: true });
  expect(matches.map((match) => match.id)).toEqual(['v1', 'v0']);
  expect(matches[0]?.score).toBeCloseTo(1, 5);
  expect(matches[0]?.metadata).toEqual({ at: 1, text: 'text 1' });
  expect(matches[0]?.values).toEqual([...Float32Array.from(axis(1))]);
  const bare = await index.query({ id: 'v2', topK: 1 });
  expect(bare.matches).toEqual([{ id: 'v2', score: expect.closeTo(1, 5), values: [] }]);
});

test('a tenant sees nothing of another namespace', async () => {
  await tenant('t1').upsert({ records: [{ id: 'a', values: axis(0) }] });
  passTime(5000);
  expect((await tenant('t2').query({ vector: axis(0), topK: 10 })).matches).toEqual([]);
  expect((await tenant('t2').fetch({ ids: ['a'] })).records).toEqual({});
});

test.each([
  ['an all-zero vector', { vectors: [{ id: 'a', values: Array(dimension).fill(0) }] }, 'non-zero'],
  ['a vector of the wrong length', { vectors: [{ id: 'a', values: [1, 2] }] }, 'dimension 2 does not match'],
  ['a sparse vector', { vectors: [{ id: 'a', sparseValues: { indices: [1], values: [1] } }] }, 'sparse'],
  ['an id over 512 characters', { vectors: [{ id: 'x'.repeat(513), values: axis(0) }] }, '512'],
  ['null in metadata', { vectors: [{ id: 'a', values: axis(0), metadata: { page: null } }] }, 'null'],
  ['metadata over 40 KB', { vectors: [{ id: 'a', values: axis(0), metadata: { t: 'x'.repeat(41_000) } }] }, 'exceeds'],
  ['more than 1000 records', { vectors: Array(1001).fill({ id: 'a', values: axis(0) }) }, '1000'],
  ['an unknown field', { vectors: [{ id: 'a', values: axis(0), text: 'hello' }] }, 'Unknown field "vectors.0.text"'],
  [
    'a body over 2 MB',
    { vectors: [{ id: 'a', values: axis(0), metadata: { t: 'x'.repeat(2_100_000) } }] },
    'too large',
  ],
  ['broken JSON', '{"vectors": [', 'not valid JSON'],
])('%s is refused with 400 and writes nothing', async (_name, body, message) => {
  const answer = await post('/vectors/upsert', typeof body === 'string' ? body : { namespace: 't1', ...body });
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ code: 3, message: expect.stringContaining(message) });
  expect(effects('namespace.created')).toEqual([]);
});

test('the SDK raises its bad request error for a zero vector', async () => {
  const zero = tenant('t1').upsert({ records: [{ id: 'a', values: Array<number>(dimension).fill(0) }] });
  await expect(zero).rejects.toMatchObject({ name: 'PineconeBadRequestError' });
});

test('a call without a key is a plain-text 401', async () => {
  const answer = await post('/query', {}, {});
  expect([answer.status, await answer.text()]).toEqual([401, 'Invalid API Key']);
});

test('a namespace is created once, by the first upsert or by hand, and a second creation is a conflict', async () => {
  const index = tenant('t1');
  await index.upsert({ records: [{ id: 'a', values: axis(0) }] });
  await index.upsert({ records: [{ id: 'b', values: axis(1) }] });
  await expect(index.createNamespace({ name: 't1' })).rejects.toMatchObject({ name: 'PineconeConflictError' });
  await index.createNamespace({ name: 't2', schema: { fields: { type: { filterable: true } } } });
  expect(effects('namespace.created')).toEqual(['t1', 't2']);
  expect(effects('vectors.upserted')).toEqual(['t1', 't1']);
});

test('namespaces are listed page by page, described, and gone after deletion with all they held', async () => {
  const index = tenant('t1');
  for (const name of ['t1', 't2', 't3']) await index.createNamespace({ name });
  await index.upsert({ records: [{ id: 'a', values: axis(0) }] });
  passTime(5000);
  expect(Number((await index.describeNamespace('t1')).recordCount)).toBe(1);

  const first = await index.listNamespaces({ limit: 2 });
  const second = await index.listNamespaces({ limit: 2, paginationToken: first.pagination?.next });
  expect([...(first.namespaces ?? []), ...(second.namespaces ?? [])].map((each) => each.name)).toEqual([
    't1',
    't2',
    't3',
  ]);
  expect(second.pagination).toBeUndefined();

  await index.deleteNamespace('t1');
  await expect(index.describeNamespace('t1')).rejects.toMatchObject({ name: 'PineconeNotFoundError' });
  await expect(index.deleteNamespace('t1')).rejects.toMatchObject({ name: 'PineconeNotFoundError' });
  expect((await index.query({ vector: axis(0), topK: 1 })).matches).toEqual([]);
  expect(effects('namespace.deleted')).toEqual(['t1']);
});

test('vectors are fetched, listed by prefix, updated and deleted', async () => {
  const index = tenant('t1');
  const ids = ['doc1#0', 'doc1#1', 'doc2#0'];
  await index.upsert({ records: ids.map((id, i) => ({ id, values: axis(i), metadata: { part: i } })) });
  await index.update({ id: 'doc1#1', metadata: { title: 'Two' } });
  passTime(5000);
  expect((await index.fetch({ ids })).records['doc1#1']?.metadata).toEqual({ part: 1, title: 'Two' });
  const page = await index.listPaginated({ prefix: 'doc1', limit: 1 });
  const rest = await index.listPaginated({ prefix: 'doc1', limit: 1, paginationToken: page.pagination?.next });
  expect([page, rest].flatMap(({ vectors }) => vectors?.map(({ id }) => id))).toEqual(['doc1#0', 'doc1#1']);
  expect(await index.describeIndexStats()).toMatchObject({
    namespaces: { t1: { recordCount: 3 } },
    totalRecordCount: 3,
    dimension,
  });

  await index.deleteMany({ filter: { part: { $gte: 1 } } });
  await index.deleteOne({ id: 'doc1#0' });
  passTime(5000);
  expect((await index.describeIndexStats()).totalRecordCount).toBe(0);
  await expect(tenant('nobody').deleteAll()).rejects.toMatchObject({ name: 'PineconeNotFoundError' });
});

test.each([
  [{ kind: 'own' }, ['a', 'b']],
  [{ kind: { $eq: 'own' }, page: { $gt: 1 } }, ['b']],
  [{ kind: { $ne: 'own' } }, ['c', 'd']],
  [{ page: { $in: [1, 3] } }, ['a', 'c']],
  [{ page: { $nin: [1, 3] } }, ['b', 'd']],
  [{ page: { $gte: 2, $lt: 3 } }, ['b']],
  [{ page: { $lte: 1 } }, ['a']],
  [{ page: { $exists: false } }, ['d']],
  [{ tags: 'red' }, ['d']],
  [{ $or: [{ page: 3 }, { $and: [{ kind: 'own' }, { page: 1 }] }] }, ['a', 'c']],
])('the metadata filter %j keeps %j', async (filter, expected) => {
  const index = tenant('t1');
  await index.upsert({
    records: [
      { id: 'a', values: axis(0), metadata: { kind: 'own', page: 1 } },
      { id: 'b', values: axis(1), metadata: { kind: 'own', page: 2 } },
      { id: 'c', values: axis(2), metadata: { kind: 'sample', page: 3 } },
      { id: 'd', values: axis(3), metadata: { tags: ['red', 'blue'] } },
    ],
  });
  passTime(5000);
  const { matches } = await index.query({ vector: axis(0), topK: 10, filter });
  expect(matches.map((match) => match.id).sort()).toEqual(expected);
});

test.each([{ page: { $near: 1 } }, { $not: [] }, { $and: {} }, { page: { $gt: 'x' } }])(
  'the impossible filter %j is a 400, never an empty answer',
  async (filter) => {
    const answer = await post('/query', { namespace: 't1', topK: 1, vector: axis(0), filter });
    expect(answer.status).toBe(400);
  },
);

test('the fault stale-read keeps a write invisible for longer than the usual delay', async () => {
  const match = { vendor: 'pinecone', path: '/vectors/upsert' };
  sandbox.sim.faults.add({ match, action: { type: 'stale-read', ms: 30_000 } });
  const index = tenant('t1');
  await index.upsert({ records: [{ id: 'a', values: axis(0) }] });
  passTime(20_000);
  expect((await index.query({ vector: axis(0), topK: 1 })).matches).toEqual([]);
  passTime(10_000);
  expect((await index.query({ vector: axis(0), topK: 1 })).matches).toHaveLength(1);
});

test('the fault stale-read on a query hides what was written lately, and the LSN says so', async () => {
  const wrote = await post('/vectors/upsert', { namespace: 't1', vectors: [{ id: 'a', values: axis(0) }] });
  const lsn = Number(wrote.headers.get('x-pinecone-request-lsn'));
  passTime(6000);
  sandbox.sim.faults.add({ match: { path: '/query', times: 1 }, action: { type: 'stale-read', ms: 30_000 } });
  const stale = await post('/query', { namespace: 't1', topK: 1, vector: axis(0) });
  expect((await stale.json()) as object).toMatchObject({ matches: [] });
  expect(Number(stale.headers.get('x-pinecone-max-indexed-lsn'))).toBeLessThan(lsn);
  expect((await tenant('t1').query({ vector: axis(0), topK: 1 })).matches).toHaveLength(1);
});

test('an upsert whose answer is lost has happened once; the repeat replaces and creates nothing new', async () => {
  sandbox.sim.faults.add({ match: { path: '/vectors/upsert', times: 1 }, action: { type: 'reset-after-commit' } });
  const index = tenant('t1');
  const upsert = () => index.upsert({ records: [{ id: 'a', values: axis(0) }] });
  await expect(upsert()).rejects.toMatchObject({ name: 'PineconeConnectionError' });
  await upsert();
  passTime(5000);
  expect(effects('namespace.created')).toEqual(['t1']);
  expect((await index.describeIndexStats()).totalRecordCount).toBe(1);
});

test('over the calls per second of one namespace the answer is 429, another namespace is still served', async () => {
  const limited = await startSandbox({ ...settings, SANDBOX_PINECONE_NAMESPACE_RPS: '3' });
  const { clock } = limited.sim;
  // The count is per second: start right after one has begun.
  clock.advanceTo(Math.ceil(clock.nowMs() / 1000) * 1000);
  const on = `http://127.0.0.1:${limited.ports.pinecone}`;
  const ask = (namespace: string) => tenant(namespace, on).query({ vector: axis(0), topK: 1 });
  for (let i = 0; i < 3; i++) await ask('busy');
  await expect(ask('busy')).rejects.toThrow('429');
  await expect(ask('calm')).resolves.toBeDefined();
  clock.advanceTo(clock.nowMs() + 1000);
  await expect(ask('busy')).resolves.toBeDefined();
  await limited.close();
});

test('a sandbox that never got to close keeps its vectors for the next one', async () => {
  const SANDBOX_DATA_DIR = mkdtempSync(join(tmpdir(), 'latchkey-pinecone-'));
  const start = () => startSandbox({ ...settings, SANDBOX_DATA_DIR });
  const hostOf = (running: RunningSandbox) => `http://127.0.0.1:${running.ports.pinecone}`;
  const before = await start();
  await tenant('t1', hostOf(before)).upsert({ records: [{ id: 'a', values: axis(0), metadata: { n: 1 } }] });
  const after = await start();
  const { records } = await tenant('t1', hostOf(after)).fetch({ ids: ['a'] });
  expect(records['a']).toMatchObject({ values: [...Float32Array.from(axis(0))], metadata: { n: 1 } });
  expect(after.sim.journal.effects({ kind: 'namespace.created' })).toHaveLength(1);
  await Promise.all([before.close(), after.close()]);
  rmSync(SANDBOX_DATA_DIR, { recursive: true });
});
