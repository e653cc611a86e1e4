import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { delay } from '@latchkey/shared/time';
import { DocumentJobs } from '../src/documents/documents.job.js';
import { Office, type Tenant } from './support/office.js';

/** Breakers as in production; the clock makes an hour short. */
let office: Office;
beforeAll(async () => {
  office = await Office.open({ BREAKER_FAILURES: '3', BREAKER_PAUSE_MAX_SECONDS: '60' });
});
afterEach(() => office.noFaults());
afterAll(() => office.close());

const text = 'Employees receive 27 days of paid vacation per year.';
const question = 'How many days of paid vacation do employees receive?';

/** In steps that would use up a job's twelve tries within the hour, if a vendor's absence cost any. */
async function pass(minutes: number, stepMinutes = 5): Promise<void> {
  for (let passed = 0; passed < minutes; passed += stepMinutes) {
    await office.world.advance(stepMinutes * 60_000);
    await office.world.drain();
  }
}

const statesOf = async (tenants: Tenant[]) =>
  office.service.sql<{ state: string }>('select state from document where tenant_id = any($1)', [
    tenants.map(({ id }) => id),
  ]);

/** Uploads whose answers nobody waits for: with a vendor away they are 202, and come after five seconds. */
async function uploadAll(tenants: Tenant[]): Promise<{ answers: Promise<number[]> }> {
  const answers = Promise.all(tenants.map(async (tenant) => (await tenant.startUpload('vacation.txt', text)).status));
  while ((await statesOf(tenants)).length < tenants.length) await delay(20);
  await office.world.drain();
  return { answers };
}

/** A session is short, and an hour has passed. */
const laterSession = async (tenant: Tenant) => tenant.as({ session: await office.token({ tenant_id: tenant.id }) });

test.each([
  ['openai', 60],
  ['pinecone', 20],
])(
  'an outage of %s (%d minutes) costs few calls: questions are refused at once with a time, documents wait and are all indexed',
  async (vendor, minutes) => {
    const tenants = await Promise.all(Array.from({ length: 6 }, () => office.tenant()));
    const before = await office.callsTo(vendor);
    await office.fault({ vendor }, { type: 'status', status: 503 });
    const { answers } = await uploadAll(tenants);
    await pass(minutes);
    const asker = await laterSession(tenants[0]!);
    const calls = await office.callsTo(vendor);
    const refused = await asker.ask(question);
    expect(refused).toMatchObject({ status: 503, body: { code: 'questions_unavailable' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    // The refusal was ours: at most the one call that tries was made for it.
    expect((await office.callsTo(vendor)) - calls).toBeLessThanOrEqual(1);
    expect(calls - before).toBeLessThan(50);
    expect((await statesOf(tenants)).every(({ state }) => ['reading', 'indexing'].includes(state))).toBe(true);

    expect(await answers).toEqual(tenants.map(() => 202));
    await office.noFaults();
    await pass(10);
    expect((await statesOf(tenants)).map(({ state }) => state)).toEqual(tenants.map(() => 'indexed'));
    expect((await (await laterSession(tenants[0]!)).ask(question)).body['grounded']).toBe(true);
    expect((await asker.call('GET', '/v1/usage')).body).toMatchObject({ documents_used: 1 });
  },
  60_000,
);

test('a key that OpenAI refuses is ours to mend: a single document waits for it without using up its tries', async () => {
  const tenant = await office.tenant();
  const before = await office.callsTo('openai');
  await office.fault({ vendor: 'openai' }, { type: 'status', status: 401 });
  await uploadAll([tenant]);
  await pass(60);
  expect(await statesOf([tenant])).toEqual([{ state: 'indexing' }]);
  expect((await office.callsTo('openai')) - before).toBeLessThan(20);
  await office.noFaults();
  await pass(10);
  expect(await statesOf([tenant])).toEqual([{ state: 'indexed' }]);
});

test('an outage without end ends for the document: its owner is told after hours, and it costs nothing', async () => {
  const tenant = await office.tenant();
  await office.fault({ vendor: 'openai' }, { type: 'status', status: 503 });
  await uploadAll([tenant]);
  await office.world.advance(6.1 * 3_600_000);
  await office.inCommit(() => office.service.get(DocumentJobs).endUnfinished());
  expect(await statesOf([tenant])).toEqual([{ state: 'rejected' }]);
  await office.noFaults();
  await pass(10);
  expect(await statesOf([tenant])).toEqual([{ state: 'rejected' }]);
  const later = await laterSession(tenant);
  expect((await later.call('GET', '/v1/usage')).body).toMatchObject({ documents_used: 0 });
});
