import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { Office, type Tenant } from './support/office.js';

let office: Office;
let victim: Tenant;
let attacker: Tenant;
let victimKey: string;
let documentId: string;
const secret = 'The vault combination is nineteen, forty, seven.';

beforeAll(async () => {
  office = await Office.open();
  [victim, attacker] = await Promise.all([office.tenant(), office.tenant()]);
  victimKey = await victim.revealFirstKey();
  documentId = String((await victim.upload('vault.txt', secret)).body['document_id']);
});
afterAll(() => office.close());

/** Every route of the service that takes an id or gives something back, as one tenant would use it on another's things. */
const attacks: [string, string, () => string, unknown, number, string][] = [
  ['reads the document', 'GET', () => `/v1/documents/${documentId}`, undefined, 404, 'document_not_found'],
  ['deletes the document', 'DELETE', () => `/v1/documents/${documentId}`, undefined, 404, 'document_not_found'],
  ['pages from the document', 'GET', () => `/v1/documents?after=${documentId}`, undefined, 404, 'document_not_found'],
  ['reveals the key', 'POST', () => `/v1/api-keys/${victim.firstKeyId}/reveal`, undefined, 404, 'api_key_not_found'],
  ['rotates the key', 'POST', () => `/v1/api-keys/${victim.firstKeyId}/rotate`, undefined, 404, 'api_key_not_found'],
  ['revokes the key', 'DELETE', () => `/v1/api-keys/${victim.firstKeyId}`, undefined, 404, 'api_key_not_found'],
];

test.each(attacks)('another tenant who %s gets nothing', async (_what, method, path, json, status, code) => {
  const answer = await attacker.call(method, path(), json === undefined ? {} : { json });
  expect({ status: answer.status, code: answer.body.code }).toEqual({ status, code });
  expect(JSON.stringify(answer.body)).not.toContain('vault');
  // And the victim has not lost anything.
  expect((await victim.call('GET', `/v1/documents/${documentId}`, { token: victimKey })).status).toBe(200);
});

test('another tenant’s document cannot be asked, neither by name nor by question', async () => {
  expect((await attacker.ask('What is the vault combination?', { documentIds: [documentId] })).body.code).toBe(
    'document_not_found',
  );
  expect((await attacker.ask('What is the vault combination?')).body).toMatchObject({ grounded: false, sources: [] });
  expect((await victim.ask('What is the vault combination?')).body['answer']).toContain('nineteen');
});

test('lists and usage hold the caller’s own things only', async () => {
  const lists = await Promise.all(
    ['/v1/documents', '/v1/api-keys', '/v1/usage', '/v1/settings'].map((path) => attacker.call('GET', path)),
  );
  expect(lists.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  const told = JSON.stringify(lists.map(({ body }) => body));
  for (const id of [documentId, victim.firstKeyId, victim.id, 'vault']) expect(told).not.toContain(id);
});

test('even with a wrong namespace the database keeps another tenant’s text from being quoted', async () => {
  await office.service.sql('update runtime set namespace = $2 where tenant_id = $1', [attacker.id, victim.id]);
  expect((await attacker.ask('What is the vault combination?')).body).toMatchObject({ grounded: false, sources: [] });
  await office.service.sql('update runtime set namespace = tenant_id where tenant_id = $1', [attacker.id]);
});

const routes: [string, string][] = [
  ['POST', '/v1/query'],
  ['POST', '/v1/documents'],
  ['GET', '/v1/documents'],
  ['GET', '/v1/documents/doc_1'],
  ['DELETE', '/v1/documents/doc_1'],
  ['GET', '/v1/usage'],
  ['GET', '/v1/settings'],
  ['GET', '/v1/api-keys'],
  ['POST', '/v1/api-keys'],
  ['POST', '/v1/api-keys/key_1/reveal'],
  ['POST', '/v1/api-keys/key_1/rotate'],
  ['DELETE', '/v1/api-keys/key_1'],
];

test('every route of the service is in the list of routes below', async () => {
  const { paths } = (await (await fetch(`${office.service.url}/openapi.json`)).json()) as {
    paths: Record<string, object>;
  };
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{\w+\}/g, '*')}`),
  );
  const listed = routes.map(([method, path]) => `${method} ${path.replace(/(doc|key)_1/, '*')}`);
  expect(described.filter((route) => route.includes('/v1/')).sort()).toEqual(listed.sort());
});

test.each(routes)('%s %s lets nobody in without a valid token of an open workspace', async (method, path) => {
  const foreignPair = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
  const claims = { tenant_id: victim.id };
  const tokens: Record<string, [string, string]> = {
    none: ['', 'unauthorized'],
    garbage: ['not-a-token', 'unauthorized'],
    expired: [await office.token(claims, -10), 'token_expired'],
    'for somebody else': [await office.token({ ...claims, aud: 'another-product' }), 'unauthorized'],
    'from somebody else': [await office.token({ ...claims, iss: 'https://evil.example' }), 'unauthorized'],
    'without a tenant': [await office.token({}), 'unauthorized'],
    'signed by a stranger': [
      await new SignJWT({ ...claims, aud: 'latchkey', sub: 'u' })
        .setProtectedHeader({ alg: 'EdDSA', kid: 'k1', jwk: await exportJWK(foreignPair.publicKey) })
        .setIssuer(`http://127.0.0.1:${office.world.ports.signup}`)
        .setExpirationTime('1h')
        .sign(foreignPair.privateKey),
      'unauthorized',
    ],
    'not signed at all': [`${b64({ alg: 'none' })}.${b64({ ...claims, aud: 'latchkey' })}.`, 'unauthorized'],
    'a key with a typo': [victimKey.slice(0, -1) + (victimKey.endsWith('0') ? '1' : '0'), 'unauthorized'],
    'of a tenant without a workspace': [await office.token({ tenant_id: 'tenant_nobody' }), 'workspace_not_open'],
  };
  const answers = await Promise.all(
    Object.entries(tokens).map(async ([name, [token]]) => [
      name,
      (await attacker.call(method, path, { token })).body.code,
    ]),
  );
  const expected = Object.entries(tokens).map(([name, [, code]]) => [name, code]);
  expect(answers).toEqual(expected);
});

test('while the issuer’s keys cannot be had, sessions are told to come back, and keys work on', async () => {
  const cutOff = await office.replica({ JWKS_URL: 'http://127.0.0.1:1/jwks.json' });
  const there = victim.as({ url: cutOff.url });
  const answer = await there.call('GET', '/v1/usage');
  expect({ status: answer.status, code: answer.body.code }).toEqual({ status: 503, code: 'unavailable' });
  expect((await there.call('GET', '/v1/usage', { token: victimKey })).status).toBe(200);
});

function b64(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
