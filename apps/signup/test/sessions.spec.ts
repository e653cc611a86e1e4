import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { hash } from '@node-rs/argon2';
import { createLocalJWKSet, jwtVerify, SignJWT, UnsecuredJWT } from 'jose';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { signupEnv, SignupWorld, type Answer } from './support/signup-world.js';

let at: SignupWorld;
const password = 'plum-kettle-42-vista';

beforeAll(async () => {
  at = await SignupWorld.start({ TRUST_PROXY: '1' });
});
afterAll(() => at.world.stop());

const login = (email: string, typed = password) => at.post('/api/auth/login', { email, password: typed });
const cookieOf = (answer: Answer) => (answer.headers.get('set-cookie') ?? '').split(';', 1)[0] ?? '';
const refresh = (cookie: string) => at.post('/api/auth/refresh', '', { cookie });
const bearer = (token: unknown) => ({ authorization: `Bearer ${String(token)}` });
const statusPath = '/api/onboarding/setup-wizard/status';

async function customer(): Promise<{ email: string; tenantId: string }> {
  const stranger = at.stranger();
  const { body } = await at.post('/api/onboarding/signup', stranger);
  return { email: String(stranger['email']), tenantId: String(body['tenant_id']) };
}

describe('log in', () => {
  test('gives a token that others can verify by the published key', async () => {
    const { email, tenantId } = await customer();
    const { status, body, headers } = await login(email.toUpperCase());
    expect({ status, tenant: body['tenant_id'], type: body['token_type'] }).toEqual({
      status: 200,
      tenant: tenantId,
      type: 'Bearer',
    });
    expect(headers.get('set-cookie')).toMatch(/^lk_refresh=.*; Path=\/api\/auth;.*HttpOnly; SameSite=Strict$/);
    const jwks = (await at.get('/.well-known/jwks.json')).body as unknown as Parameters<typeof createLocalJWKSet>[0];
    expect(JSON.stringify(jwks)).not.toContain('"d"');
    const issuer = at.service.url;
    const { payload } = await jwtVerify(String(body['access_token']), createLocalJWKSet(jwks), {
      audience: 'latchkey',
      issuer,
    });
    expect(payload).toMatchObject({ tenant_id: tenantId, role: 'admin' });
  });

  test('hashes a password anew that was hashed with parameters of another time', async () => {
    const { email } = await customer();
    const old = '$argon2id$v=19$m=8192,t=1,p=1$';
    const weak = await hash(password, { memoryCost: 8_192, timeCost: 1, parallelism: 1 });
    expect(weak.startsWith(old)).toBe(true);
    await at.service.sql('update account set password_hash = $1 where email = $2', [weak, email]);
    const stored = async () =>
      (
        await at.service.sql<{ hash: string }>('select password_hash as hash from account where email = $1', [email])
      )[0]!.hash;
    expect((await login(email, 'not this one')).status).toBe(401);
    expect(await stored()).toBe(weak);
    const atOnce = await Promise.all([login(email), login(email), login(email)]);
    expect(atOnce.map(({ status }) => status)).toEqual([200, 200, 200]);
    const renewed = await stored();
    expect(renewed).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect((await login(email)).status).toBe(200);
    expect(await stored()).toBe(renewed);
  });

  test('is told to the others once as the first, and without a name', async () => {
    const { email, tenantId } = await customer();
    await login(email);
    await login(email);
    await at.world.drain();
    const sessions = (await at.world.events(tenantId)).filter((event) => event.type === 'signup.session-started.v1');
    expect(sessions.map((event) => event.data['first'])).toEqual([true, false]);
    expect(JSON.stringify(sessions)).not.toContain(email);
  });

  test('an unknown address and a wrong password get the same answer in the same time', async () => {
    const { email } = await customer();
    const timed = async (address: string) => {
      const startedAt = performance.now();
      const { status, body } = await login(address, 'not this one');
      return { answer: { status, code: body.code, title: body['title'] }, ms: performance.now() - startedAt };
    };
    const known = [];
    const unknown = [];
    for (let i = 0; i < 8; i++) {
      known.push(await timed(email));
      unknown.push(await timed(`nobody${i}@example.com`));
    }
    expect(unknown.map(({ answer }) => answer)).toEqual(known.map(({ answer }) => answer));
    expect(known[0]?.answer).toMatchObject({ status: 401, code: 'credentials_wrong' });
    // Without the dummy hash an unknown address would be answered in a fraction of the time.
    const median = (list: { ms: number }[]) => list.map(({ ms }) => ms).sort((a, b) => a - b)[4] ?? 0;
    expect(median(unknown) / median(known)).toBeGreaterThan(0.5);
  });

  test('ten wrong passwords lock this address out for a while, even with the right one, on every replica', async () => {
    const { email } = await customer();
    for (let tries = 0; tries < 10; tries++) expect((await login(email, 'not this one')).status).toBe(401);
    const replica = await at.replica();
    const locked = await at.post('/api/auth/login', { email, password }, {}, replica.url);
    expect({ status: locked.status, code: locked.body.code }).toEqual({ status: 429, code: 'login_locked' });
    expect(Number(locked.headers.get('retry-after'))).toBeGreaterThan(800);
    await at.world.stopService(replica);
    await at.world.advance(15 * 60_000);
    expect((await login(email)).status).toBe(200);
  });

  test('of many guesses at once no more are answered than one after the other, the right one included', async () => {
    const { email } = await customer();
    const from = { 'x-forwarded-for': '198.51.100.1' };
    const guess = (typed: string) => at.post('/api/auth/login', { email, password: typed }, from);
    const answers = await Promise.all([...Array.from({ length: 30 }, () => guess('not this one')), guess(password)]);
    const codes = answers.map(({ body }) => body.code);
    expect(codes.filter((code) => code === 'credentials_wrong')).toHaveLength(10);
    expect(codes.filter((code) => code === 'login_locked')).toHaveLength(21);
  });

  test('whoever has a whole network of IPv6 addresses has no more guesses than others', async () => {
    const { email } = await customer();
    const guess = (address: string) =>
      at.post('/api/auth/login', { email, password: 'not this one' }, { 'x-forwarded-for': address });
    for (let tries = 0; tries < 10; tries++) await guess(`2001:db8:1:2:${tries}::${tries}`);
    expect((await guess('2001:db8:1:2:ffff::1')).body.code).toBe('login_locked');
    expect((await guess('2001:db8:1:3::1')).body.code).toBe('credentials_wrong');
  });
});

describe('a guessed password', () => {
  test('is asked for no more often at the deletion or at the signup than at the log-in', async () => {
    const stranger = at.stranger();
    const { body } = await at.post('/api/onboarding/signup', stranger);
    await at.verify(String(body['tenant_id']));
    const email = String(stranger['email']);
    const from = (address: string) => ({ 'x-forwarded-for': address });
    const session = bearer((await login(email)).body['access_token']);
    const erase = (typed: string) =>
      at.post('/api/tenant/delete', { password: typed }, { ...session, ...from('198.51.100.2') });
    const signUp = (typed: string) =>
      at.post('/api/onboarding/signup', { ...stranger, password: typed }, from('198.51.100.3'));
    for (const [guess, wrong] of [
      [erase, 'password_wrong'],
      [signUp, 'email_already_registered'],
    ] as const) {
      const codes = [];
      for (let tries = 0; tries < 10; tries++) codes.push((await guess('not-this-kettle')).body.code);
      expect(codes).toEqual(codes.map(() => wrong));
      expect((await guess(password)).body.code).toBe('login_locked');
    }
    expect((await login(email)).status).toBe(200);
  });
});

describe('a refresh token', () => {
  test('works once, and its successor goes on', async () => {
    const { email } = await customer();
    const first = cookieOf(await login(email));
    const second = await refresh(first);
    expect(second.status).toBe(200);
    expect((await refresh(cookieOf(second))).status).toBe(200);
  });

  test('used again within ten seconds, as after a lost answer, gives the same successor', async () => {
    const { email } = await customer();
    const first = cookieOf(await login(email));
    const answers = await Promise.all([refresh(first), refresh(first)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(new Set(answers.map(cookieOf)).size).toBe(1);
  });

  test('used again later ends the whole session', async () => {
    const { email } = await customer();
    const first = cookieOf(await login(email));
    const second = cookieOf(await refresh(first));
    await at.world.advance(11_000);
    expect((await refresh(first)).body.code).toBe('refresh_token_reused');
    expect((await refresh(second)).body.code).toBe('refresh_token_invalid');
  });

  test('is dead after log-out, on the server too', async () => {
    const { email } = await customer();
    const cookie = cookieOf(await login(email));
    const out = await at.post('/api/auth/logout', '', { cookie });
    expect(out.status).toBe(204);
    expect(out.headers.get('set-cookie')).toMatch(/^lk_refresh=; Path=\/api\/auth; Expires=Thu, 01 Jan 1970/);
    expect((await refresh(cookie)).body.code).toBe('refresh_token_invalid');
  });

  test('of somebody else’s making is refused', async () => {
    for (const cookie of ['', 'lk_refresh=', 'lk_refresh=ses_x.0.AAAA', `lk_refresh=${'x'.repeat(3_000)}`])
      expect((await refresh(cookie)).body.code).toBe('refresh_token_invalid');
  });
});

describe('an access token', () => {
  test('opens nothing once it has run out', async () => {
    const { email } = await customer();
    const { body } = await login(email);
    expect((await at.get(statusPath, bearer(body['access_token']))).status).toBe(200);
    await at.world.advance(901_000);
    expect((await at.get(statusPath, bearer(body['access_token']))).body.code).toBe('token_expired');
  });

  test('that is forged, unsigned, or meant for others opens nothing', async () => {
    const { email, tenantId } = await customer();
    const real = String((await login(email)).body['access_token']);
    const jwk = JSON.parse(signupEnv['JWT_PRIVATE_JWK'] ?? '') as { x: string };
    const key = createPrivateKey({ key: jwk as never, format: 'jwk' });
    const now = Math.floor(at.world.clock.nowMs() / 1_000);
    const claims = {
      tenant_id: tenantId,
      role: 'admin',
      sub: 'user_1',
      iss: at.service.url,
      aud: 'latchkey',
      exp: now + 60,
    };
    const signed = (change: object, alg = 'EdDSA') =>
      new SignJWT({ ...claims, ...change }).setProtectedHeader({ alg, kid: 'test-key' });
    const forged = [
      new UnsecuredJWT(claims).encode(),
      await signed({}, 'HS256').sign(Buffer.from(jwk.x, 'base64url')),
      await signed({ aud: 'somebody-else' }).sign(key),
      await signed({ iss: 'https://elsewhere.example' }).sign(key),
      `${real.slice(0, -4)}AAAA`,
      'nonsense',
    ];
    for (const token of forged) expect((await at.get(statusPath, bearer(token))).body.code).toBe('unauthorized');
    // The same key and claims, unchanged, are let in: it was the change that was refused.
    expect((await at.get(statusPath, bearer(await signed({}).sign(key)))).status).toBe(200);
    expect((await at.get(statusPath)).body.code).toBe('unauthorized');
  });

  test('lives through a change of the signing key, whichever replica is asked', async () => {
    const { email } = await customer();
    const next = { ...generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }), kid: 'next-key' };
    const publicHalf = ({ d: _secret, ...key }: Record<string, unknown>) => JSON.stringify({ keys: [key] });
    const last = JSON.parse(signupEnv['JWT_PRIVATE_JWK'] ?? '') as Record<string, unknown>;
    // First the next key is made known everywhere, then one replica after the other signs with it.
    const before = await at.replica({ JWT_OTHER_PUBLIC_JWKS: publicHalf(next) });
    const after = await at.replica({ JWT_PRIVATE_JWK: JSON.stringify(next), JWT_OTHER_PUBLIC_JWKS: publicHalf(last) });
    for (const signer of [before, after]) {
      const { body } = await at.post('/api/auth/login', { email, password }, {}, signer.url);
      for (const asked of [before, after]) {
        const response = await fetch(asked.url + statusPath, { headers: bearer(body['access_token']) });
        expect({ status: response.status }).toEqual({ status: 200 });
      }
    }
    for (const replica of [before, after]) {
      const jwks = await (await fetch(`${replica.url}/.well-known/jwks.json`)).text();
      expect(jwks).toContain('test-key');
      expect(jwks).toContain('next-key');
      expect(jwks).not.toContain('"d"');
    }
  });
});

describe('erasure and export', () => {
  const fromAfar = { 'x-forwarded-for': '198.51.100.77', 'user-agent': 'a browser of long ago' };
  const rowsOf = (email: string) =>
    at.service.sql<{ id: string; status: string }>(
      'select t.id, t.status from tenant t join account a on a.tenant_id = t.id where a.email = $1',
      [email],
    );
  const trailOf = (tenantId: string) =>
    at.service.sql<{ address: string | null; user_agent: string | null }>(
      `select address, user_agent from signup_audit
       where email_hash in (select email_hash from signup_audit where tenant_id = $1)`,
      [tenantId],
    );
  const erase = async (email: string, typed: string) => {
    const { body } = await at.post('/api/auth/login', { email, password: typed });
    return at.post('/api/tenant/delete', { password: typed }, bearer(body['access_token']));
  };

  /** Signed up once, forgot the password, and signed up again. */
  async function twice(): Promise<{ email: string; before: string; now: string; typed: string }> {
    const stranger = at.stranger();
    const typed = 'another-kettle-42-vista';
    const first = await at.post('/api/onboarding/signup', stranger, fromAfar);
    const second = await at.post('/api/onboarding/signup', { ...stranger, password: typed }, fromAfar);
    const [before, now] = [first, second].map(({ body }) => String(body['tenant_id']));
    return { email: String(stranger['email']), before: before!, now: now!, typed };
  }

  test('whoever proved that an address is theirs is erased from earlier signups and refused attempts with it too', async () => {
    const { email, before, now, typed } = await twice();
    await at.verify(now);
    await at.post('/api/onboarding/signup', at.stranger({ email, password: 'one-more-kettle-42' }), fromAfar);
    expect((await rowsOf(email)).length).toBe(2);
    expect((await erase(email, typed)).status).toBe(202);
    expect(await rowsOf(email)).toEqual([]);
    expect((await trailOf(now)).filter(({ address, user_agent }) => address ?? user_agent)).toEqual([]);
    await at.world.drain();
    for (const tenantId of [before, now])
      expect(await at.world.eventTypes(tenantId)).toContain('signup.erasure-requested.v1');
  });

  test('whoever did not erases their own signup and nobody else’s', async () => {
    const { email, before, now, typed } = await twice();
    expect((await erase(email, typed)).status).toBe(202);
    expect(await rowsOf(email)).toEqual([{ id: before, status: 'expired' }]);
    expect((await trailOf(now)).filter(({ address }) => address !== null)).toHaveLength(1);
  });

  test('a log-in during the erasure opens no session that outlives it', async () => {
    const { email, tenantId } = await customer();
    const session = await login(email);
    // The last row that the erasure touches keeps it open, everything else of it is done.
    const release = await at.lock('terms_acceptance', tenantId);
    const erasure = at.post('/api/tenant/delete', { password }, bearer(session.body['access_token']));
    await at.waitsForLock(1);
    const late = login(email);
    await at.waitsForLock(2, late);
    await release();
    expect((await erasure).status).toBe(202);
    await late;
    const open = await at.service.sql('select 1 from session where tenant_id = $1 and ended_at is null', [tenantId]);
    expect(open).toEqual([]);
  });

  test('the export holds what is known, and the erasure leaves nothing of it', async () => {
    const { email, tenantId } = await customer();
    const session = await login(email);
    const authorization = bearer(session.body['access_token']);
    const exported = await at.get('/api/tenant/export', authorization);
    expect(JSON.stringify(exported.body)).toContain(email);
    expect(JSON.stringify(exported.body)).not.toMatch(/argon2/);
    // 403: the session is a good one, and whoever renews it and asks again gets the same answer.
    const refused = await at.post('/api/tenant/delete', { password: 'a wrong one' }, authorization);
    expect({ status: refused.status, code: refused.body.code }).toEqual({ status: 403, code: 'password_wrong' });
    expect((await at.post('/api/tenant/delete', { password }, authorization)).status).toBe(202);
    await at.world.drain();
    expect(await at.world.eventTypes(tenantId)).toContain('signup.erasure-requested.v1');
    // Whoever lost the answer asks again, with a password that nobody knows any more: it is done.
    expect((await at.post('/api/tenant/delete', { password }, authorization)).status).toBe(202);
    await at.world.drain();
    const told = (await at.world.eventTypes(tenantId)).filter((type) => type === 'signup.erasure-requested.v1');
    expect(told).toHaveLength(1);
    expect((await refresh(cookieOf(session))).body.code).toBe('refresh_token_invalid');
    expect((await login(email)).body.code).toBe('credentials_wrong');
    expect((await at.get(statusPath, authorization)).body.code).toBe('unauthorized');
    for (const table of [
      'tenant',
      'account',
      'verification',
      'password_reset',
      'terms_acceptance',
      'signup_audit',
      'session',
      'rate_counter',
      'kit.outbox',
    ]) {
      const rows = await at.service.sql(`select t::text as row from ${table} t`);
      expect(JSON.stringify(rows)).not.toContain(email);
    }
    expect((await at.get(`/api/onboarding/tenants/${tenantId}`)).body).toMatchObject({
      status: 'erased',
      next: 'nothing',
    });
  });
});
