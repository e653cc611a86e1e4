import { request } from 'node:http';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { ErasureRequested, TenantSuspended } from '@latchkey/contracts';
import { PineconeNamespaces } from '@latchkey/vendor-pinecone';
import { docx, encryptedPdf, endlessPdf, pdf, zipBomb } from './support/files.js';
import { DocumentJobs } from '../src/documents/documents.job.js';
import { Office, type Tenant } from './support/office.js';

let office: Office;
beforeAll(async () => {
  office = await Office.open({ PARSER_TIMEOUT_MS: '8000' });
});
afterAll(() => office.close());
afterEach(() => office.noFaults());

async function usage(tenant: Tenant): Promise<number> {
  return (await tenant.call('GET', '/v1/usage')).body['documents_used'] as number;
}

async function nothingWasIndexed(tenant: Tenant): Promise<void> {
  await office.world.drain();
  expect(await usage(tenant)).toBe(0);
  const namespace = await office.service.get(PineconeNamespaces).describeNamespace(tenant.id);
  expect(namespace?.recordCount ?? 0).toBe(0);
  const [content] = await office.service.sql('select count(*)::int as n from document_content where tenant_id = $1', [
    tenant.id,
  ]);
  expect(content).toEqual({ n: 0 });
  expect(await office.world.eventTypes(tenant.id)).not.toContain('workspace.document-indexed.v1');
}

test.each([
  ['Handbook.pdf', pdf(['Employees receive 27 days of paid vacation per year.']), 'pdf'],
  ['Handbook.docx', docx(['Employees receive 27 days of paid vacation per year.']), 'docx'],
  ['Handbook.txt', Buffer.from('Employees receive 27 days of paid vacation per year.'), 'txt'],
  ['Handbook.md', Buffer.from('# Vacation\nEmployees receive 27 days of paid vacation per year.'), 'md'],
  [
    'Handbook.html',
    Buffer.from('<h1>Vacation</h1><p>Employees receive 27 days of paid vacation per year.</p>'),
    'html',
  ],
])('%s is searchable when its upload is answered with 201', async (filename, content, format) => {
  const tenant = await office.tenant();
  const { status, body } = await tenant.upload(filename, content);
  expect({ status, body }).toMatchObject({
    status: 201,
    body: {
      title: 'Handbook',
      format,
      state: 'indexed',
      chunks_created: 1,
      chunks_total: 1,
      bytes: content.length,
      reason: null,
    },
  });
  const answer = await tenant.ask('How many days of paid vacation do employees receive?');
  expect(answer.body['answer']).toContain('27 days');
  expect(answer.body['sources']).toMatchObject([{ document_id: body['document_id'], sample: false }]);
  expect(await usage(tenant)).toBe(1);
  const kept = await office.service.sql('select 1 from document_content where tenant_id = $1', [tenant.id]);
  expect(kept).toEqual([]);
});

test.each([
  ['locked.pdf', encryptedPdf, 422, 'document_encrypted'],
  ['garbage.pdf', () => Buffer.from(`%PDF-1.7\n${'garbage '.repeat(500)}`), 422, 'document_unreadable'],
  ['endless.pdf', endlessPdf, 422, 'document_too_complex'],
  ['scan.pdf', () => pdf(['']), 422, 'document_empty'],
  ['bomb.docx', zipBomb, 422, 'document_too_complex'],
  ['empty.txt', () => Buffer.alloc(0), 422, 'document_empty'],
  ['picture.pdf', () => Buffer.from('GIF89a and so on'), 415, 'document_type_mismatch'],
  ['program.txt', () => Buffer.from([0x4d, 0x5a, 0, 0, 1, 2, 3, 0xff, 0xfe]), 415, 'document_type_mismatch'],
  ['paper.txt', () => pdf(['A PDF in disguise']), 415, 'document_type_mismatch'],
  ['tool.exe', () => Buffer.from('MZ'), 415, 'document_type_unsupported'],
  ['noending', () => Buffer.from('text'), 415, 'document_type_unsupported'],
])(
  '%s is refused with a reason, leaves nothing behind, and the service lives on',
  async (filename, content, status, code) => {
    const tenant = await office.tenant();
    const answer = await tenant.upload(filename, content());
    expect({ status: answer.status, code: answer.body.code }).toEqual({ status, code });
    await nothingWasIndexed(tenant);
    const told = (await office.world.events(tenant.id)).filter(({ type }) => type === 'workspace.document-rejected.v1');
    expect(told).toMatchObject([{ data: { reason: code } }]);
    expect((await fetch(`${office.service.url}/health/ready`)).status).toBe(200);
  },
);

test('a document of ten megabytes is read, one byte more gets its 413', async () => {
  const tenant = await office.tenant();
  const text = '<p>The archive of the north wing holds the old contracts.</p>';
  const ten = Buffer.from(`<!--${' '.repeat(10 * 1024 * 1024 - text.length - 7)}-->${text}`);
  expect((await tenant.upload('archive.html', ten)).status).toBe(201);
  const tooLong = await tenant.upload('archive.html', Buffer.concat([ten, Buffer.from('.')]));
  expect({ status: tooLong.status, code: tooLong.body.code }).toEqual({ status: 413, code: 'document_too_large' });
  expect(await usage(tenant)).toBe(1);
});

test('a tenant that sends slowly, and much at once, leaves the others room to upload', async () => {
  const slow = await office.tenant();
  const form = { authorization: `Bearer ${slow.session}`, 'content-type': 'multipart/form-data; boundary=x' };
  const answers: number[] = [];
  const sending = Array.from({ length: 8 }, () => {
    const upload = request(`${office.service.url}/v1/documents`, { method: 'POST', headers: form });
    upload.on('response', ({ statusCode = 0 }) => answers.push(statusCode));
    upload.on('error', () => undefined);
    upload.write('--x\r\nContent-Disposition: form-data; name="file"; filename="slow.txt"\r\n\r\n');
    return upload;
  });
  try {
    await until(() => Promise.resolve(answers.length >= 2));
    const other = await office.tenant();
    expect((await other.upload('note.txt', 'Employees receive 27 days of paid vacation per year.')).status).toBe(201);
    expect(answers).toEqual([429, 429]);
  } finally {
    for (const upload of sending) upload.destroy();
  }
});

test('a body far beyond all limits is answered and cut off instead of being read to its end', async () => {
  const tenant = await office.tenant();
  const answer = await new Promise<{ status: number | undefined; closes: string | undefined }>((resolve, reject) => {
    const upload = request(`${office.service.url}/v1/documents`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${tenant.session}`,
        'content-type': 'multipart/form-data; boundary=x',
        'content-length': 1_000_000_000,
      },
    });
    upload.on('response', ({ statusCode, headers }) => resolve({ status: statusCode, closes: headers.connection }));
    upload.on('error', reject);
    upload.write('--x\r\n');
  });
  expect(answer).toEqual({ status: 413, closes: 'close' });
  await nothingWasIndexed(tenant);
});

test.each([
  ['JSON', { 'content-type': 'application/json' }, '{"file":"x"}', 415, 'unsupported_media_type'],
  ['multipart without a boundary', { 'content-type': 'multipart/form-data' }, 'x', 400, 'invalid_request'],
  [
    'multipart that ends too early',
    { 'content-type': 'multipart/form-data; boundary=b' },
    '--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nhalf',
    400,
    'invalid_request',
  ],
  [
    'multipart without a file',
    { 'content-type': 'multipart/form-data; boundary=b' },
    '--b\r\nContent-Disposition: form-data; name="note"\r\n\r\nhello\r\n--b--\r\n',
    400,
    'document_missing',
  ],
])('%s instead of an upload gets a problem answer', async (_name, headers, body, status, code) => {
  const tenant = await office.tenant();
  const response = await fetch(`${office.service.url}/v1/documents`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tenant.session}`, ...headers },
    body,
  });
  expect({ status: response.status, code: ((await response.json()) as { code: string }).code }).toEqual({
    status,
    code,
  });
});

test('refused uploads are as limited per minute as accepted ones, and so are the events about them', async () => {
  const tenant = await office.tenant();
  await office.service.sql('update runtime set queries_per_minute_max = 2 where tenant_id = $1', [tenant.id]);
  const answers = await Promise.all(Array.from({ length: 5 }, () => tenant.upload('tool.exe', 'MZ')));
  expect(answers.map(({ body }) => body.code).sort()).toEqual([
    ...['document_type_unsupported', 'document_type_unsupported'],
    ...['rate_limited', 'rate_limited', 'rate_limited'],
  ]);
  await office.world.drain();
  expect((await office.world.eventTypes(tenant.id)).filter((type) => type.includes('rejected'))).toHaveLength(2);
});

test('the plan’s number of documents holds under parallel uploads, and deleting makes room again', async () => {
  const tenant = await office.tenant();
  await office.service.sql('update runtime set documents_max = 2 where tenant_id = $1', [tenant.id]);
  const answers = await Promise.all(
    Array.from({ length: 6 }, (_, at) => tenant.upload(`note ${at}.txt`, `A note about topic ${at}.`)),
  );
  const accepted = answers.filter(({ status }) => status < 300);
  expect(accepted).toHaveLength(2);
  expect(answers.find(({ status }) => status >= 300)?.body.code).toBe('quota_documents_exceeded');
  await office.world.drain();
  expect((await office.world.eventTypes(tenant.id)).filter((type) => type.includes('quota-exceeded'))).toHaveLength(1);
  expect((await tenant.call('DELETE', `/v1/documents/${String(accepted[0]?.body['document_id'])}`)).status).toBe(204);
  expect((await tenant.upload('another.txt', 'There is room for another note.')).status).toBe(201);
});

test('a deleted document is quoted no more from that moment on, and its vectors go', async () => {
  const tenant = await office.tenant();
  const { body } = await tenant.upload('wifi.txt', 'The guest wifi password is tangerine-harbour.');
  expect((await tenant.ask('What is the guest wifi password?')).body['grounded']).toBe(true);
  await tenant.call('DELETE', `/v1/documents/${String(body['document_id'])}`);
  expect((await tenant.ask('What is the guest wifi password?')).body).toMatchObject({ grounded: false, sources: [] });
  await office.world.drain();
  expect(
    await office.service.get(PineconeNamespaces).fetchIds(tenant.id, [`${String(body['document_id'])}#0`]),
  ).toEqual([]);
  expect((await tenant.call('GET', `/v1/documents/${String(body['document_id'])}`)).body.code).toBe(
    'document_not_found',
  );
  expect((await tenant.call('DELETE', `/v1/documents/${String(body['document_id'])}`)).body.code).toBe(
    'document_not_found',
  );
});

test('a vendor’s outage during indexing delays a document but neither loses nor doubles it', async () => {
  const tenant = await office.tenant();
  await office.fault({ vendor: 'openai', path: '/v1/embeddings', nth: 1 }, { type: 'status', status: 500 });
  await office.fault({ vendor: 'pinecone', path: '/vectors/upsert', nth: 1 }, { type: 'reset-after-commit' });
  const { status } = await tenant.upload('vacation.txt', 'Employees receive 27 days of paid vacation per year.');
  expect(status).toBe(201);
  await office.world.drain();
  expect((await office.world.eventTypes(tenant.id)).filter((type) => type.includes('document-indexed'))).toHaveLength(
    1,
  );
  expect(await office.service.get(PineconeNamespaces).describeNamespace(tenant.id)).toEqual({ recordCount: 1 });
});

test('a document is not called searchable before a search finds it, however late the store shows its writes', async () => {
  const tenant = await office.tenant();
  await office.fault({ vendor: 'pinecone', path: '/query', times: 4 }, { type: 'stale-read', ms: 60_000 });
  const uploaded = await tenant.upload('vacation.txt', 'Employees receive 27 days of paid vacation per year.');
  expect(uploaded.status).toBe(201);
  expect((await tenant.ask('How many days of paid vacation do employees receive?')).body['grounded']).toBe(true);
});

test('a document that two processes work on, because one was thought dead, is indexed once', async () => {
  const tenant = await office.tenant();
  await office.fault({ vendor: 'openai', path: '/v1/embeddings', nth: 1 }, { type: 'latency', ms: 1_500 });
  const upload = tenant.upload('vacation.txt', 'Employees receive 27 days of paid vacation per year.');
  await until(async () => (await listed(tenant))[0]?.['state'] === 'indexing');
  await office.service.sql(
    `update pgboss.job set state = 'retry', retry_count = retry_count + 1, start_after = now()
     where name = 'index-document' and state = 'active' and data->>'tenant_id' = $1`,
    [tenant.id],
  );
  expect((await upload).status).toBe(201);
  await office.world.drain();
  expect((await office.world.eventTypes(tenant.id)).filter((type) => type.includes('document-'))).toEqual([
    'workspace.document-indexed.v1',
  ]);
  expect(await office.service.get(PineconeNamespaces).describeNamespace(tenant.id)).toEqual({ recordCount: 1 });
  expect(await usage(tenant)).toBe(1);
});

test('a document that no try could index is rejected with a reason, costs no quota and leaves no vectors', async () => {
  const tenant = await office.tenant();
  // Written, but not to be found again.
  await office.fault({ vendor: 'pinecone', path: '/query' }, { type: 'status', status: 503 });
  const upload = tenant.upload('vacation.txt', 'Employees receive 27 days of paid vacation per year.');
  const theJob = `name = 'index-document' and state = 'retry' and data->>'tenant_id' = $1`;
  await until(
    async () => (await office.service.sql(`select 1 from pgboss.job where ${theJob}`, [tenant.id])).length > 0,
  );
  expect((await listed(tenant))[0]).toMatchObject({ state: 'indexing', chunks_total: 1 });
  await office.service.sql(`update pgboss.job set retry_count = retry_limit - 1, start_after = now() where ${theJob}`, [
    tenant.id,
  ]);
  const { status, body } = await upload;
  expect({ status, code: body.code }).toEqual({ status: 502, code: 'document_indexing_failed' });
  await nothingWasIndexed(tenant);
});

test('an upload sent again, because its answer was lost, is the same document and costs one place', async () => {
  const tenant = await office.tenant();
  const again = () => tenant.upload('vacation.txt', 'Employees receive 27 days of paid vacation per year.');
  // Both at once, as a client does that lost patience, and once more afterwards.
  const first = await Promise.all([again(), again()]);
  const ids = new Set([...first, await again()].map(({ body }) => body['document_id']));
  expect(ids.size).toBe(1);
  expect(await usage(tenant)).toBe(1);
  const renamed = await tenant.upload('other.txt', 'Employees receive 27 days of paid vacation per year.');
  expect(ids).not.toContain(renamed.body['document_id']);
});

test('a document whose job died for ever is rejected by the watch, not left indexing', async () => {
  const tenant = await office.tenant();
  await office.fault({ vendor: 'pinecone', path: '/query' }, { type: 'status', status: 503 });
  const upload = tenant.upload('vacation.txt', 'Employees receive 27 days of paid vacation per year.');
  const theJob = `name = 'index-document' and state = 'retry' and data->>'tenant_id' = $1`;
  await until(
    async () => (await office.service.sql(`select 1 from pgboss.job where ${theJob}`, [tenant.id])).length > 0,
  );
  // Killed at its last try: pg-boss gives such a job up by its heartbeat, and no code of ours hears of it.
  await office.service.sql(`update pgboss.job set state = 'failed' where ${theJob}`, [tenant.id]);
  expect((await listed(tenant))[0]).toMatchObject({ state: 'indexing' });
  office.world.clock.advance(2 * 60_000);
  await office.inCommit(() => office.service.get(DocumentJobs).endUnfinished());
  expect((await upload).body.code).toBe('document_indexing_failed');
  await nothingWasIndexed(tenant);
});

test('a document deleted while it is being indexed is gone for good', async () => {
  const tenant = await office.tenant();
  await office.fault({ vendor: 'pinecone', path: '/vectors/upsert', nth: 1 }, { type: 'latency', ms: 800 });
  const upload = tenant.upload('vacation.txt', 'Employees receive 27 days of paid vacation per year.');
  await until(async () => (await listed(tenant))[0]?.['state'] === 'indexing');
  await tenant.call('DELETE', `/v1/documents/${String((await listed(tenant))[0]?.['document_id'])}`);
  expect((await upload).body.code).toBe('document_not_found');
  await office.world.drain();
  expect(await usage(tenant)).toBe(0);
  const left = await office.service.get(PineconeNamespaces).describeNamespace(tenant.id);
  expect(left?.recordCount ?? 0).toBe(0);
});

test('a document deleted while it is being indexed is gone for good also when that try fails afterwards', async () => {
  const tenant = await office.tenant();
  await office.fault({ vendor: 'pinecone', path: '/vectors/upsert', nth: 1 }, { type: 'latency', ms: 1_500 });
  // Written, but the try that wrote it ends without having found it.
  await office.fault({ vendor: 'pinecone', path: '/query', times: 2 }, { type: 'status', status: 503 });
  const upload = tenant.upload('vacation.txt', 'Employees receive 27 days of paid vacation per year.');
  await until(async () => (await listed(tenant))[0]?.['state'] === 'indexing');
  await tenant.call('DELETE', `/v1/documents/${String((await listed(tenant))[0]?.['document_id'])}`);
  expect((await upload).body.code).toBe('document_not_found');
  await until(async () => (await jobsDone(tenant)).includes('index-document'));
  await office.world.drain();
  const left = await office.service.get(PineconeNamespaces).describeNamespace(tenant.id);
  expect(left?.recordCount ?? 0).toBe(0);
});

test.each([
  ['erased', (id: string) => office.world.publish(ErasureRequested, id, { requested_at: office.world.clock.nowIso() })],
  ['suspended', (id: string) => office.world.publish(TenantSuspended, id, { reason: 'operator' })],
])(
  'an upload that arrives in whole only after its tenant was %s is refused, and nothing of it is kept',
  async (_state, tell) => {
    const tenant = await office.tenant();
    const answer = Promise.withResolvers<number | undefined>();
    const upload = request(`${office.service.url}/v1/documents`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tenant.session}`, 'content-type': 'multipart/form-data; boundary=x' },
    });
    upload.on('response', ({ statusCode }) => answer.resolve(statusCode));
    upload.on('error', answer.reject);
    upload.write('--x\r\nContent-Disposition: form-data; name="file"; filename="will.txt"\r\n\r\nMy last');
    // So long that the guard has let it in.
    await new Promise((resolve) => setTimeout(resolve, 500));
    await tell(tenant.id);
    await office.world.drain();
    upload.end(' will.\r\n--x--\r\n');
    expect(await answer.promise).toBe(403);
    for (const table of ['document', 'document_content'])
      expect(await office.service.sql(`select 1 from ${table} where tenant_id = $1`, [tenant.id])).toEqual([]);
  },
);

test('documents are listed newest first, page by page, a rejected one with its reason', async () => {
  const tenant = await office.tenant();
  for (const name of ['one', 'two', 'three']) await tenant.upload(`${name}.txt`, `This is the document named ${name}.`);
  await tenant.upload('four.pdf', encryptedPdf());
  const first = await tenant.call('GET', '/v1/documents?limit=3');
  const titles = (first.body['documents'] as { title: string }[]).map(({ title }) => title);
  expect(titles).toEqual(['four', 'three', 'two']);
  expect((first.body['documents'] as object[])[0]).toMatchObject({
    state: 'rejected',
    reason: { code: 'document_encrypted' },
  });
  const second = await tenant.call('GET', `/v1/documents?limit=3&after=${String(first.body['next_after'])}`);
  expect(second.body).toMatchObject({ documents: [{ title: 'one' }], next_after: null });
  expect((await tenant.call('GET', '/v1/documents?limit=0')).body.code).toBe('invalid_request');
});

async function listed(tenant: Tenant): Promise<Record<string, unknown>[]> {
  return (await tenant.call('GET', '/v1/documents')).body['documents'] as Record<string, unknown>[];
}

async function jobsDone(tenant: Tenant): Promise<string[]> {
  const done = await office.service.sql<{ name: string }>(
    `select name from pgboss.job where state = 'completed' and data->>'tenant_id' = $1`,
    [tenant.id],
  );
  return done.map(({ name }) => name);
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await holds()); tries++) {
    if (tries > 300) throw new Error('It did not come true within 15 s.');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
