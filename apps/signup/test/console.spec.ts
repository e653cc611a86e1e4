import { operatorToken } from '@latchkey/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { SignupWorld, type Answer } from './support/signup-world.js';
import { startUpstream, type Upstream } from './support/upstream.js';

let at: SignupWorld;
let upstream: Upstream;
const first = { email: 'first@latchkey.example', password: 'a-long-first-password' };

beforeAll(async () => {
  upstream = await startUpstream();
  at = await SignupWorld.start({
    ANALYTICS_URL: upstream.url,
    FIRST_OPERATOR_EMAIL: first.email,
    FIRST_OPERATOR_PASSWORD: first.password,
  });
});
afterAll(async () => {
  await at.world.stop();
  await upstream.stop();
});
beforeEach(() => {
  upstream.seen.length = 0;
});

const token = { authorization: `Bearer ${operatorToken}` };
const login = ({ email, password }: { email: string; password: string }, headers = {}) =>
  at.post('/api/console/login', { email, password }, headers);
const cookieOf = (answer: Answer) => ({ cookie: (answer.headers.get('set-cookie') ?? '').split(';', 1)[0] ?? '' });
const session = async (who = first) => cookieOf(await login(who));
const add = (account: object) => at.post('/api/operator/operators', account, token);

async function viewer(email = 'viewer@latchkey.example'): Promise<{ cookie: string }> {
  const account = { email, role: 'viewer', password: 'a-long-viewer-password' };
  expect((await add(account)).status).toBe(200);
  return session(account);
}

const resume = '/api/operator/analytics/api/analytics/rebuild';
const funnel = '/api/operator/analytics/api/analytics/activation-funnel?days=30';

describe('the console’s log-in', () => {
  test('gives the first account of the environment a cookie that no script and no other site can use', async () => {
    const answer = await login(first);
    expect(answer).toMatchObject({ status: 200, body: { email: first.email, role: 'operator' } });
    expect(answer.headers.get('set-cookie')).toMatch(
      /^lk_operator=[\w-]{43}; Max-Age=43200; Path=\/; .*HttpOnly; SameSite=Strict$/,
    );
    expect(await at.get('/api/console/session', cookieOf(answer))).toMatchObject({
      status: 200,
      body: { email: first.email, role: 'operator' },
    });
  });

  test('does not tell an unknown address from a wrong password, and locks after five', async () => {
    const wrong = { email: 'viewer-locked@latchkey.example', password: 'not the right one' };
    await viewer(wrong.email);
    const answers = [];
    for (let tries = 0; tries < 6; tries++) answers.push((await login(wrong)).body.code);
    expect(answers).toEqual([...Array.from({ length: 5 }, () => 'credentials_wrong'), 'login_locked']);
    expect((await login({ ...wrong, email: 'nobody@latchkey.example' })).body.code).toBe('credentials_wrong');
  });

  test('of many guesses at once answers no more than one after the other', async () => {
    const wrong = { email: 'viewer-crowded@latchkey.example', password: 'not the right one' };
    await viewer(wrong.email);
    const answers = await Promise.all(Array.from({ length: 12 }, () => login(wrong)));
    expect(answers.filter(({ body }) => body.code === 'credentials_wrong')).toHaveLength(5);
    await at.service.sql('delete from rate_counter');
  });

  test('with the old password, under way when it is changed, opens nothing', async () => {
    const email = 'viewer-changed@latchkey.example';
    await viewer(email);
    const release = await at.lockRow('select 1 from operator where email = $1 for update', email);
    const change = add({ email, role: 'viewer', password: 'another-long-password' });
    await at.waitsForLock(1);
    const late = login({ email, password: 'a-long-viewer-password' });
    await at.waitsForLock(2, late);
    await release();
    expect((await change).status).toBe(200);
    const cookie = cookieOf(await late);
    expect((await at.get(funnel, cookie)).body.code).toBe('unauthorized');
  });

  test('ends with the log-out, with the working day, and with the account', async () => {
    const out = await session();
    expect((await at.post('/api/console/logout', '', out)).status).toBe(204);
    expect((await at.get(funnel, out)).body.code).toBe('unauthorized');
    const disabled = await viewer('leaver@latchkey.example');
    expect((await at.get(funnel, disabled)).status).toBe(200);
    expect((await at.post('/api/operator/operators/leaver@latchkey.example/disable', '', token)).status).toBe(200);
    expect((await at.get(funnel, disabled)).body.code).toBe('unauthorized');
    const tired = await session();
    await at.world.advance(12 * 3_600_000 + 1_000);
    expect((await at.get(funnel, tired)).body.code).toBe('unauthorized');
  });

  test('stores neither password nor token', async () => {
    const { cookie } = await session();
    for (const table of ['operator', 'operator_session', 'kit.operator_audit']) {
      const rows = JSON.stringify(await at.service.sql(`select t::text as row from ${table} t`));
      expect(rows).not.toContain(first.password);
      expect(rows).not.toContain(cookie.split('=')[1]);
    }
  });
});

describe('what an operator does', () => {
  test('goes to the service in the operator’s own name, whatever the browser claims', async () => {
    const claims = { ...(await session()), authorization: 'Bearer stolen', 'x-operator': 'somebody-else' };
    expect((await at.get(funnel, claims)).status).toBe(200);
    expect(upstream.seen[0]).toMatchObject({
      url: '/api/analytics/activation-funnel?days=30',
      headers: { authorization: `Bearer ${operatorToken}`, 'x-operator': first.email },
    });
    expect(upstream.seen[0]?.headers.cookie).toBeUndefined();
  });

  test('reaches signup’s own routes the same way, and the audit names who logged in', async () => {
    const answer = await at.get('/api/operator/signup/api/operator/audit?limit=5', await session());
    expect(answer.status).toBe(200);
    expect((answer.body['acts'] as object[])[0]).toMatchObject({ action: 'console-login', operator: first.email });
  });

  test('is looking only, for a viewer', async () => {
    const looking = await viewer();
    expect((await at.get(funnel, looking)).status).toBe(200);
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const response = await fetch(at.service.url + resume, { method, headers: looking });
      expect([response.status, await response.json()]).toMatchObject([403, { code: 'operator_read_only' }]);
    }
    expect(upstream.seen.filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  test('is nothing without a session, or with a customer’s', async () => {
    const { body } = await at.post('/api/onboarding/signup', at.stranger({ email: 'customer@example.com' }));
    expect(body['tenant_id']).toBeDefined();
    const customer = await at.post('/api/auth/login', {
      email: 'customer@example.com',
      password: at.stranger()['password'],
    });
    const bearer = { authorization: `Bearer ${String(customer.body['access_token'])}` };
    for (const headers of [{}, bearer, { cookie: 'lk_operator=' }, { cookie: `lk_operator=${'x'.repeat(43)}` }, token])
      expect((await at.get(funnel, headers as Record<string, string>)).body.code).toBe('unauthorized');
    expect(upstream.seen).toEqual([]);
  });

  test('never is what another site’s page sends', async () => {
    const mine = await session();
    const evil = { ...mine, origin: 'https://evil.example' };
    expect((await at.post(resume, '', evil)).body.code).toBe('forbidden');
    expect((await at.post(resume, '', { ...mine, origin: new URL(at.service.url).origin })).status).toBe(200);
    expect((await login(first, { origin: 'https://evil.example' })).body.code).toBe('forbidden');
    expect((await at.post('/api/auth/refresh', '', { origin: 'https://evil.example' })).body.code).toBe('forbidden');
    expect((await at.post('/api/auth/logout', '', { 'sec-fetch-site': 'cross-site' })).body.code).toBe('forbidden');
  });

  test('cannot make accounts: those are the token’s', async () => {
    const mine = await session();
    for (const path of ['operators', 'OPERATORS', 'operators/', 'operators/a@b.example/disable']) {
      const answer = await at.post(`/api/operator/signup/api/operator/${path}`, {}, mine);
      expect([path, answer.body.code]).toEqual([path, 'forbidden']);
    }
    expect((await at.get('/api/operator/operators', mine)).body.code).toBe('operator_token_invalid');
  });
});

test('an account that is added again has the new password and role, and the old session is over', async () => {
  const email = 'changing@latchkey.example';
  const old = await viewer(email);
  const changed = { email, role: 'operator', password: 'another-long-password' };
  expect((await add(changed)).body).toMatchObject({ email, role: 'operator', disabled_at: null });
  expect((await at.get(funnel, old)).body.code).toBe('unauthorized');
  expect((await login({ email, password: 'a-long-viewer-password' })).body.code).toBe('credentials_wrong');
  expect((await at.post(resume, '', await session(changed))).status).toBe(200);
  const listed = (await at.get('/api/operator/operators', token)).body;
  expect(JSON.stringify(listed)).not.toMatch(/argon2|password/);
  expect((await add({ ...changed, password: 'short' })).status).toBe(400);
});
