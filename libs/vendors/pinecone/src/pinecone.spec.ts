import { expect, test } from '@jest/globals';
import { startWireServer, type WireAnswer, type WireRequest } from '@latchkey/testing/wire-server';
import { createPinecone } from './pinecone.js';

const open = async (play: (request: WireRequest, attempt: number) => WireAnswer) => {
  const server = await startWireServer(play);
  return {
    server,
    pinecone: createPinecone({ breaker: undefined, apiKey: 'pcsk_wire', indexHost: server.url, timeoutMs: 2_000 }),
  };
};
interface UpsertBody {
  namespace: string;
  vectors: { id: string; values: number[] }[];
}
const float32 = (value: number) => new Float32Array([value])[0] ?? 0;
const records = (count: number, dimensions: number) =>
  Array.from({ length: count }, (_unused, index) => ({
    id: `doc:${index}`,
    values: Array.from({ length: dimensions }, (_none, axis) => float32(Math.sin(index + axis + 1) / 40)),
    metadata: { document_id: 'doc' },
  }));

test('a thousand real vectors travel in requests of at most 2 MB and 1,000 records, in order and complete', async () => {
  const { server, pinecone } = await open((_request, attempt) => ({
    headers: { 'x-pinecone-request-lsn': String(100 + attempt) },
    body: { upsertedCount: 0 },
  }));
  await using _ = server;
  const { lsn } = await pinecone.upsert('tenant-1', records(300, 1_536));
  const bodies = server.requests.map(({ body }) => ({
    bytes: Buffer.byteLength(body),
    ...(JSON.parse(body) as UpsertBody),
  }));
  expect(Math.max(...bodies.map(({ bytes }) => bytes))).toBeLessThanOrEqual(2_000_000);
  expect(bodies.flatMap(({ vectors }) => vectors.map(({ id }) => id))).toEqual(records(300, 1).map(({ id }) => id));
  expect(new Set(bodies.map(({ namespace }) => namespace))).toEqual(new Set(['tenant-1']));
  expect(bodies.length).toBeLessThanOrEqual(4);
  expect(lsn).toBe(100 + bodies.length);
});

test('small records are still cut at a thousand', async () => {
  const { server, pinecone } = await open(() => ({ body: { upsertedCount: 0 } }));
  await using _ = server;
  await pinecone.upsert('tenant-1', records(1_001, 1));
  expect(server.requests.map(({ body }) => (JSON.parse(body) as UpsertBody).vectors.length)).toEqual([1_000, 1]);
});

test('a record that could never be sent is refused before anything is', async () => {
  const { server, pinecone } = await open(() => ({ body: {} }));
  await using _ = server;
  const huge = { id: 'big', values: [1], metadata: { text: 'x'.repeat(2_000_000) } };
  await expect(pinecone.upsert('tenant-1', [...records(1, 1), huge])).rejects.toMatchObject({ code: 'item_too_large' });
  expect(server.requests).toHaveLength(0);
});

test('rounding moves no value by more than a millionth of it', async () => {
  const { server, pinecone } = await open(() => ({ body: { matches: [] } }));
  await using _ = server;
  const values = [1 / 3, -Math.PI / 100, 1e-7, 0].map(float32);
  await pinecone.query('tenant-1', values, { topK: 3 });
  const { vector } = JSON.parse(server.requests[0]?.body ?? '') as { vector: number[] };
  vector.forEach((value, axis) =>
    expect(Math.abs(value - (values[axis] ?? 0))).toBeLessThanOrEqual(1e-6 * Math.abs(value)),
  );
  expect(JSON.stringify(vector).length).toBeLessThan(JSON.stringify(values).length);
});

test('a query says whether it has seen the write it was asked about', async () => {
  const body = { matches: [{ id: 'a', score: 0.9, metadata: { title: 'T' } }, { id: 'b' }], namespace: 'tenant-1' };
  const { server, pinecone } = await open((_request, attempt) => ({
    ...(attempt === 3 ? {} : { headers: { 'x-pinecone-max-indexed-lsn': attempt === 1 ? '41' : '42' } }),
    body,
  }));
  await using _ = server;
  const ask = () => pinecone.query('tenant-1', [1], { topK: 3, filter: { kind: 'sample' }, minIndexedLsn: 42 });
  await expect(ask()).resolves.toMatchObject({ indexedLsn: 41, caughtUp: false });
  await expect(ask()).resolves.toMatchObject({ indexedLsn: 42, caughtUp: true });
  await expect(ask()).resolves.toEqual({
    matches: [
      { id: 'a', score: 0.9, metadata: { title: 'T' } },
      { id: 'b', score: 0, metadata: {} },
    ],
    indexedLsn: undefined,
    caughtUp: false,
  });
  expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual({
    vector: [1],
    topK: 3,
    namespace: 'tenant-1',
    includeMetadata: true,
    filter: { kind: 'sample' },
  });
});

test('overlapping calls never read each other’s sequence numbers', async () => {
  const { server, pinecone } = await open(({ body }) => {
    const { topK } = JSON.parse(body) as { topK: number };
    return { headers: { 'x-pinecone-max-indexed-lsn': String(topK) }, body: { matches: [] } };
  });
  await using _ = server;
  const answers = await Promise.all([5, 6, 7, 8].map((topK) => pinecone.query('tenant-1', [1], { topK })));
  expect(answers.map(({ indexedLsn }) => indexedLsn)).toEqual([5, 6, 7, 8]);
});

test('ids are fetched in URLs that every server takes', async () => {
  const { server, pinecone } = await open(({ path }) => {
    const ids = new URLSearchParams(path.split('?')[1]).getAll('ids');
    return { body: { vectors: Object.fromEntries(ids.map((id) => [id, { id, values: [1] }])), namespace: 'tenant-1' } };
  });
  await using _ = server;
  const ids = Array.from({ length: 250 }, (_unused, index) => `document/${'ä'.repeat(20)}/${index}`);
  const found = await pinecone.fetchIds('tenant-1', ids);
  expect(new Set(found.map(({ id }) => id))).toEqual(new Set(ids));
  for (const { path } of server.requests) expect(path.length).toBeLessThan(7_000);
});

test('deleting what is gone is done', async () => {
  const { server, pinecone } = await open(() => ({
    status: 404,
    body: { code: 5, message: 'Namespace not found', details: [] },
  }));
  await using _ = server;
  await expect(pinecone.deleteNamespace('tenant-1')).resolves.toBeUndefined();
  await expect(pinecone.deleteIds('tenant-1', ['a'])).resolves.toBeUndefined();
  await expect(pinecone.deleteByFilter('tenant-1', { document_id: 'd' })).resolves.toBeUndefined();
  await expect(pinecone.describeNamespace('tenant-1')).resolves.toBeNull();
});

test('a delete names its tenant’s namespace, so that it can never reach another’s records', async () => {
  const { server, pinecone } = await open(() => ({ body: {} }));
  await using _ = server;
  await pinecone.deleteByFilter('tenant-1', { document_id: 'd' });
  await pinecone.deleteIds(
    'tenant-2',
    Array.from({ length: 1_001 }, (_unused, index) => String(index)),
  );
  const bodies = server.requests.map(
    ({ body }) => JSON.parse(body) as { namespace: string; ids?: string[]; filter?: object },
  );
  expect(bodies.map(({ namespace }) => namespace)).toEqual(['tenant-1', 'tenant-2', 'tenant-2']);
  expect(bodies[0]?.filter).toEqual({ document_id: 'd' });
  expect(bodies.map(({ ids }) => ids?.length)).toEqual([undefined, 1_000, 1]);
});

test('counts are numbers, also where Pinecone sends them as text', async () => {
  const { server, pinecone } = await open(({ path }) =>
    path === '/describe_index_stats'
      ? { body: { namespaces: { 'tenant-1': { vectorCount: 3 } }, dimension: 8, totalVectorCount: 3 } }
      : { body: { name: 'tenant-1', record_count: '3' } },
  );
  await using _ = server;
  await expect(pinecone.describeNamespace('tenant-1')).resolves.toEqual({ recordCount: 3 });
  await expect(pinecone.stats()).resolves.toEqual({ totalRecordCount: 3, namespaces: { 'tenant-1': 3 } });
});
