import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { isWellFormed } from '../src/api-keys/secret.js';
import { Office, type Tenant } from './support/office.js';

let office: Office;
beforeAll(async () => {
  office = await Office.open();
});
afterAll(() => office.close());

async function listed(tenant: Tenant): Promise<Record<string, unknown>[]> {
  return (await tenant.call('GET', '/v1/api-keys')).body['api_keys'] as Record<string, unknown>[];
}

test('a key is shown once: of six who ask at the same moment one sees it, and nobody later', async () => {
  const tenant = await office.tenant();
  const reveal = () => tenant.call('POST', `/v1/api-keys/${tenant.firstKeyId}/reveal`);
  const answers = await office.collide('select 1 from api_key where id = $1 for update', [tenant.firstKeyId], () =>
    Array.from({ length: 6 }, reveal),
  );
  const shown = answers.filter(({ status }) => status === 200);
  expect(shown).toHaveLength(1);
  expect(shown[0]?.headers.get('cache-control')).toBe('no-store');
  expect(answers.filter(({ body }) => body.code === 'api_key_already_shown')).toHaveLength(5);
  expect((await reveal()).body.code).toBe('api_key_already_shown');
  const key = String(shown[0]?.body['key']);
  expect(isWellFormed(key)).toBe(true);
  expect((await tenant.call('GET', '/v1/usage', { token: key })).status).toBe(200);
});

test('no key lies anywhere in the database, in the events or in a list, before or after it is shown', async () => {
  const tenant = await office.tenant();
  const key = await tenant.revealFirstKey();
  await tenant.call('GET', '/v1/usage', { token: key });
  await office.world.drain();
  const tables = await office.service.sql<{ dump: string }>(
    `select string_agg(row::text, ' ') as dump from (
       select to_jsonb(t) as row from api_key t union all select to_jsonb(t) from runtime t
       union all select to_jsonb(t) from kit.outbox t union all select to_jsonb(t) from pgboss.job t) as everything`,
  );
  const told =
    tables[0]?.dump + JSON.stringify(await office.world.events(tenant.id)) + JSON.stringify(await listed(tenant));
  expect(told).toContain(tenant.firstKeyId);
  expect(told).not.toContain(key);
  expect(told).not.toContain(key.slice(12));
});

test('a rotated key is dead at once, its successor lives, and both changes are told', async () => {
  const tenant = await office.tenant();
  const old = await tenant.revealFirstKey();
  const { body } = await tenant.call('POST', `/v1/api-keys/${tenant.firstKeyId}/rotate`);
  const codeOf = async (token: string) => (await tenant.call('GET', '/v1/usage', { token })).status;
  expect([await codeOf(old), await codeOf(String(body['key']))]).toEqual([401, 200]);
  expect((await listed(tenant)).map(({ state }) => state).sort()).toEqual(['active', 'revoked']);
  await office.world.drain();
  const causes = (await office.world.events(tenant.id))
    .filter(({ type }) => type.includes('api-key'))
    .map(({ data }) => data['cause']);
  expect(causes).toEqual(['first', 'rotation']);
});

test('a revoked key is dead at once and cannot be revoked, rotated or shown again', async () => {
  const tenant = await office.tenant();
  const key = await tenant.revealFirstKey();
  expect((await tenant.call('DELETE', `/v1/api-keys/${tenant.firstKeyId}`)).status).toBe(204);
  expect((await tenant.call('GET', '/v1/usage', { token: key })).body.code).toBe('unauthorized');
  for (const [method, end] of [
    ['DELETE', ''],
    ['POST', '/rotate'],
    ['POST', '/reveal'],
  ] as const) {
    expect((await tenant.call(method, `/v1/api-keys/${tenant.firstKeyId}${end}`)).body.code).toBe('api_key_not_found');
  }
});

test('the plan’s number of keys holds under parallel requests', async () => {
  const tenant = await office.tenant({ plan: 'starter' });
  const answers = await office.collide('select 1 from runtime where tenant_id = $1 for update', [tenant.id], () =>
    Array.from({ length: 6 }, (_, at) => tenant.call('POST', '/v1/api-keys', { json: { name: `key ${at}` } })),
  );
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  expect(answers.filter(({ body }) => body.code === 'quota_api_keys_exceeded')).toHaveLength(5);
  expect(await listed(tenant)).toHaveLength(2);
});

test('a key cannot make, show or end keys: only a session can', async () => {
  const tenant = await office.tenant();
  const token = await tenant.revealFirstKey();
  const tries = await Promise.all([
    tenant.call('GET', '/v1/api-keys', { token }),
    tenant.call('POST', '/v1/api-keys', { token, json: { name: 'mine' } }),
    tenant.call('POST', `/v1/api-keys/${tenant.firstKeyId}/rotate`, { token }),
    tenant.call('DELETE', `/v1/api-keys/${tenant.firstKeyId}`, { token }),
  ]);
  expect(tries.map(({ body }) => body.code)).toEqual(['forbidden', 'forbidden', 'forbidden', 'forbidden']);
});

test('the last use of a key is noted at most once a minute', async () => {
  const tenant = await office.tenant();
  const token = await tenant.revealFirstKey();
  const lastUsed = async () => {
    await tenant.call('GET', '/v1/usage', { token });
    const [row] = await office.service.sql<{ at: string }>('select last_used_at as at from api_key where id = $1', [
      tenant.firstKeyId,
    ]);
    return row?.at;
  };
  const first = await lastUsed();
  expect(first).toBeTruthy();
  expect(await lastUsed()).toBe(first);
  office.world.clock.advance(61_000);
  expect(await lastUsed()).not.toBe(first);
});

test.each([
  ['malformed JSON', '{"name":', 'malformed_json'],
  ['a wrong type', '{"name":5}', 'invalid_request'],
  ['an unknown field', '{"name":"x","admin":true}', 'invalid_request'],
  ['an empty name', '{"name":"  "}', 'invalid_request'],
])('%s gets a problem answer and makes no key', async (_name, body, code) => {
  const tenant = await office.tenant();
  const response = await fetch(`${office.service.url}/v1/api-keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tenant.session}`, 'content-type': 'application/json' },
    body,
  });
  expect(((await response.json()) as { code: string }).code).toBe(code);
  expect(await listed(tenant)).toHaveLength(1);
});

test.each([
  ['no question', {}],
  ['an empty question', { query: ' ' }],
  ['a question of the wrong type', { query: ['What?'] }],
  ['a question longer than 2,000 characters', { query: 'x'.repeat(2_001) }],
  ['an unknown field', { query: 'What?', namespace: 'other' }],
])('%s gets a problem answer and costs nothing', async (_name, json) => {
  const tenant = await office.tenant();
  const { status, body } = await tenant.call('POST', '/v1/query', { json });
  expect({ status, code: body.code }).toEqual({ status: 400, code: 'invalid_request' });
  expect((await tenant.call('GET', '/v1/usage')).body['queries_used']).toBe(0);
});

test('a living key is listed however often another one was rotated since', async () => {
  const tenant = await office.tenant();
  await office.service.sql(
    `insert into api_key (id, tenant_id, name, cause, state, created_at, revoked_at)
     select 'key_old_' || n || $1, $1, 'ci', 'rotation', 'revoked', now() + interval '1 hour', now() + interval '2 hours'
     from generate_series(1, 250) n`,
    [tenant.id],
  );
  const keys = await listed(tenant);
  expect(keys[0]).toMatchObject({ key_id: tenant.firstKeyId, state: 'unclaimed' });
  expect(keys).toHaveLength(200);
});
