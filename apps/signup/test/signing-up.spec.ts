import { SubscriptionCancelled } from '@latchkey/contracts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SignupWorld } from './support/signup-world.js';

const path = '/api/onboarding/signup';
let at: SignupWorld;

beforeAll(async () => {
  at = await SignupWorld.start();
});
afterAll(() => at.world.stop());

const tenantsOf = (email: string) =>
  at.service.sql<{ id: string; status: string }>(
    'select t.id, t.status from tenant t join account a on a.tenant_id = t.id where a.email = $1 order by t.created_at',
    [email],
  );

describe('a stranger signs up', () => {
  test('entities and migrated schema agree', async () => {
    expect(await at.service.schemaDrift()).toBe('');
  });

  test('is accepted although billing is silent, and told so', async () => {
    const { status, body } = await at.post(path, at.stranger());
    expect(status).toBe(201);
    expect(body).toMatchObject({ status: 'pending_payment', checkout_url: null });
    expect(body['message']).toMatch(/still being opened/);
    const state = await at.get(`/api/onboarding/tenants/${String(body['tenant_id'])}`);
    expect(state.body).toMatchObject({ status: 'pending_payment', next: 'verify_email', paid: false, progress: null });
  });

  test('gets the checkout of billing, and screens that look again do not ask billing again', async () => {
    const billing = await at.playBilling();
    const { body } = await at.post(path, at.stranger());
    expect(body['checkout_url']).toBe('https://checkout.example/c/1');
    const state = await at.get(`/api/onboarding/tenants/${String(body['tenant_id'])}`);
    expect(state.body).toMatchObject({ checkout_url: 'https://checkout.example/c/1', next: 'pay' });
    billing.stop();
    expect(billing.asked).toHaveLength(1);
  });

  test('leaves one fact on the bus, without a word of personal data', async () => {
    const tenantId = await at.signUp({ email: 'Grace.Hopper@Example.com', company_name: 'Cobol Works' });
    await at.world.drain();
    const events = await at.world.events(tenantId);
    expect(events.map((event) => event.type)).toEqual(['signup.tenant-signed-up.v1']);
    expect(JSON.stringify(events)).not.toMatch(/hopper|cobol|kettle|argon2/i);
  });

  test('stores the password as argon2id and no code anywhere', async () => {
    const tenantId = await at.signUp();
    const code = await at.code(tenantId);
    const [account] = await at.service.sql<{ password_hash: string }>(
      'select password_hash from account where tenant_id = $1',
      [tenantId],
    );
    expect(account?.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    const stored = await at.service.sql(
      'select v::text, o.data::text from verification v, kit.outbox o where o.tenant_id = $1',
      [tenantId],
    );
    expect(JSON.stringify(stored)).not.toContain(code);
  });

  test('is accepted with any name that can be typed, half a character too', async () => {
    for (const company_name of ['Größe & Söhne "Ω" \\ {x}', 'half a smile \ud83d']) {
      const tenantId = await at.signUp({ company_name });
      expect(await at.service.sql('select company_name from tenant where id = $1', [tenantId])).toEqual([
        { company_name: company_name.toWellFormed() },
      ]);
    }
  });

  test('text that no database can hold is the caller’s mistake, wherever it stands', async () => {
    const odd = 'a\u0000b';
    const asked = await Promise.all([
      at.post(path, at.stranger({ company_name: odd })),
      at.get('/api/onboarding/tenants/a%00b'),
      at.post('/api/onboarding/verify-email', { tenant_id: odd, code: '123456' }),
      at.post('/api/onboarding/resend-code', { tenant_id: odd }),
      at.post('/api/auth/login', { email: odd, password: odd }),
      at.post('/api/console/login', { email: odd, password: odd }),
    ]);
    expect(asked.map(({ status, body }) => `${status} ${body.code}`)).toEqual(asked.map(() => '400 invalid_request'));
    expect(asked[0]?.body['errors']).toMatchObject([{ field: 'company_name' }]);
  });

  test('the accepted terms are kept with version, address and time, and the trail has a line', async () => {
    const tenantId = await at.signUp();
    expect(
      await at.service.sql('select version, address from terms_acceptance where tenant_id = $1', [tenantId]),
    ).toEqual([{ version: '2026-11-01', address: '127.0.0.1' }]);
    expect(await at.service.sql('select outcome from signup_audit where tenant_id = $1', [tenantId])).toEqual([
      { outcome: 'accepted' },
    ]);
  });
});

describe('a signup that is not right is refused with a reason for each field, and writes no tenant', () => {
  test.each<[string, unknown, string, string[]]>([
    ['not JSON', '{"email": ', 'malformed_json', []],
    ['an empty body', {}, 'invalid_request', ['email', 'company_name', 'password', 'accept_terms']],
    [
      'wrong types',
      { email: 7, company_name: [], password: {}, accept_terms: 'yes' },
      'invalid_request',
      ['email', 'company_name', 'password', 'accept_terms'],
    ],
    ['a bad address', { email: 'nobody', password: 'short' }, 'invalid_request', ['email', 'password']],
    ['a field that does not exist', { is_admin: true }, 'invalid_request', ['is_admin']],
    ['a plan that does not exist', { plan: 'gold' }, 'invalid_request', ['plan']],
    ['a common password', { password: 'Password123!' }, 'invalid_request', ['password']],
    ['terms that are not accepted', { accept_terms: false }, 'terms_not_accepted', []],
  ])('%s', async (_name, fields, code, faulty) => {
    const before = await at.service.sql('select count(*) from tenant');
    const whole =
      typeof fields === 'string' || Object.keys(fields as object).length === 0
        ? fields
        : at.stranger(fields as Record<string, unknown>);
    const { status, body, headers } = await at.post(path, whole);
    expect({ status, code: body.code }).toEqual({ status: 400, code });
    expect(headers.get('content-type')).toMatch('application/problem+json');
    const errors = (body['errors'] ?? []) as { field: string; message: string }[];
    expect([...new Set(errors.map((error) => error.field))]).toEqual(faulty);
    expect(await at.service.sql('select count(*) from tenant')).toEqual(before);
  });

  test('a body beyond 64 kB', async () => {
    const { status, body } = await at.post(path, at.stranger({ company_name: 'x'.repeat(70_000) }));
    expect({ status, code: body.code }).toEqual({ status: 413, code: 'payload_too_large' });
  });

  test('a refused attempt has its line in the trail', async () => {
    await at.post(path, at.stranger({ accept_terms: false }));
    const rows = await at.service.sql(
      `select outcome, tenant_id from signup_audit where outcome = 'terms_not_accepted'`,
    );
    expect(rows.length).toBeGreaterThan(0);
  });
});

describe('an email that is known', () => {
  test('two identical signups at once end as one tenant', async () => {
    const stranger = at.stranger();
    const answers = await Promise.all([1, 2, 3].map(() => at.post(path, stranger)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 201]);
    expect(new Set(answers.map(({ body }) => body['tenant_id'])).size).toBe(1);
    expect(await tenantsOf(String(stranger['email']))).toHaveLength(1);
  });

  test('of a crowd that signs up at once, only who comes twice meets himself', async () => {
    const crowd = Array.from({ length: 6 }, () => at.stranger());
    const answers = await Promise.all([...crowd, crowd[0]].map((stranger) => at.post(path, stranger)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 201, 201, 201, 201, 201, 201]);
    expect(new Set(answers.map(({ body }) => body['tenant_id'])).size).toBe(6);
    for (const [index, { email, company_name }] of crowd.slice(1).entries()) {
      const rows = await at.service.sql(
        `select a.email, t.company_name, count(distinct v.id)::int as codes, count(distinct s.id)::int as lines
         from tenant t join account a on a.tenant_id = t.id join verification v on v.tenant_id = t.id
         join terms_acceptance c on c.tenant_id = t.id join signup_audit s on s.tenant_id = t.id
         where t.id = $1 group by 1, 2`,
        [answers[index + 1]?.body['tenant_id']],
      );
      expect(rows).toEqual([{ email, company_name, codes: 1, lines: 1 }]);
    }
  });

  test('an abandoned checkout resumes with the same tenant, written in any case', async () => {
    const stranger = at.stranger();
    const first = await at.post(path, stranger);
    const again = await at.post(path, { ...stranger, email: String(stranger['email']).toUpperCase(), plan: 'pro' });
    expect({ status: again.status, tenant: again.body['tenant_id'] }).toEqual({
      status: 200,
      tenant: first.body['tenant_id'],
    });
    const [tenant] = await at.service.sql('select plan from tenant where id = $1', [first.body['tenant_id']]);
    expect(tenant).toEqual({ plan: 'pro' });
  });

  test('a stranger who signed up with my address first does not keep me out', async () => {
    const mine = at.stranger();
    const theirs = await at.post(path, { ...mine, password: 'somebody else entirely' });
    const answer = await at.post(path, mine);
    expect(answer.status).toBe(201);
    expect(answer.body['tenant_id']).not.toBe(theirs.body['tenant_id']);
    expect((await tenantsOf(String(mine['email']))).map(({ status }) => status)).toEqual([
      'expired',
      'pending_payment',
    ]);
    await at.world.drain();
    expect(await at.world.eventTypes(String(theirs.body['tenant_id']))).toEqual([
      'signup.tenant-signed-up.v1',
      'signup.tenant-expired.v1',
    ]);
    expect(await at.askCode(String(theirs.body['tenant_id']))).toEqual({ state: 'obsolete' });
  });

  test('a stranger cannot take the log-in away from whoever has cancelled and still has data here', async () => {
    const owner = at.stranger();
    const { body } = await at.post(path, owner);
    const tenantId = String(body['tenant_id']);
    await at.verify(tenantId);
    await at.world.publish(SubscriptionCancelled, tenantId, { reason: 'customer', refunded_cents: 0 });
    await at.world.drain();
    const taken = await at.post(path, { ...owner, password: 'not-the-kettle-of-yours' });
    expect(taken.body.code).toBe('email_already_registered');
    const login = { email: owner['email'], password: owner['password'] };
    expect((await at.post('/api/auth/login', login)).body['tenant_id']).toBe(tenantId);
    const back = await at.post(path, owner);
    expect({ status: back.status, isNew: back.body['tenant_id'] !== tenantId }).toEqual({ status: 201, isNew: true });
  });

  test('once it is verified, another password gets "already registered"', async () => {
    const stranger = at.stranger();
    const { body } = await at.post(path, stranger);
    await at.verify(String(body['tenant_id']));
    const answer = await at.post(path, { ...stranger, password: 'a guess of somebody else' });
    expect({ status: answer.status, code: answer.body.code }).toEqual({
      status: 400,
      code: 'email_already_registered',
    });
    expect((await at.post(path, stranger)).status).toBe(200);
  });
});

describe('limits', () => {
  test('the fourth signup for one email in a day is refused, by every replica, and the next day is not', async () => {
    const replica = await at.replica();
    const stranger = at.stranger();
    for (const url of [at.service.url, replica.url, at.service.url]) await at.post(path, stranger, {}, url);
    const fourth = await at.post(path, stranger, {}, replica.url);
    expect({ status: fourth.status, code: fourth.body.code }).toEqual({ status: 429, code: 'signup_limit_reached' });
    expect(Number(fourth.headers.get('retry-after'))).toBeGreaterThan(86_000);
    await at.world.advance(24 * 3_600_000);
    expect((await at.post(path, stranger)).status).toBe(200);
    await at.world.stopService(replica);
  });

  test('an address of a refused domain, or of one below it, is refused in words, and its neighbours are not', async () => {
    const replica = await at.replica({ REFUSED_EMAIL_DOMAINS: 'throwaway.example, Gone.example' });
    const from = async (email: string) => {
      const { status, body } = await at.post(path, at.stranger({ email }), {}, replica.url);
      return [status, body.code];
    };
    expect(await from('a@throwaway.example')).toEqual([400, 'email_domain_refused']);
    expect(await from('b@in.GONE.example')).toEqual([400, 'email_domain_refused']);
    expect(await from('c@notthrowaway.example')).toEqual([201, undefined]);
  });

  test('refused attempts do not use up the limit', async () => {
    const stranger = at.stranger();
    for (let tries = 0; tries < 5; tries++) await at.post(path, { ...stranger, password: 'password' });
    expect((await at.post(path, stranger)).status).toBe(201);
  });

  test('parallel signups from one address cannot take more than its limit over two replicas', async () => {
    const env = { SIGNUPS_PER_ADDRESS_PER_HOUR: '4', TRUST_PROXY: '1' };
    const replicas = [await at.replica(env), await at.replica(env)];
    const from = { 'x-forwarded-for': '203.0.113.7' };
    const before = await tenantCount();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) => at.post(path, at.stranger(), from, replicas[i % 2]?.url)),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(4);
    const refused = answers.filter(({ status }) => status !== 201);
    expect(refused.every(({ status, body }) => status === 429 && body.code === 'rate_limited')).toBe(true);
    expect((await tenantCount()) - before).toBe(4);
    for (const replica of replicas) await at.world.stopService(replica);
  });

  test('a spoofed X-Forwarded-For does not dodge the limit', async () => {
    const replica = await at.replica({ SIGNUPS_PER_ADDRESS_PER_HOUR: '1' });
    const { status } = await at.post(path, at.stranger(), { 'x-forwarded-for': '203.0.113.9' }, replica.url);
    expect(status).toBe(429);
    await at.world.stopService(replica);
  });

  test('when the hasher is overrun, the answer is a pause and not a pile-up', async () => {
    const replica = await at.replica({ PASSWORD_HASH_CONCURRENCY: '1', PASSWORD_HASH_QUEUE_MAX: '1' });
    const answers = await Promise.all(Array.from({ length: 12 }, () => at.post(path, at.stranger(), {}, replica.url)));
    const refused = answers.filter(({ status }) => status === 503);
    expect(refused.length).toBeGreaterThan(0);
    expect(
      refused.every(({ body, headers }) => body.code === 'unavailable' && headers.get('retry-after') === '2'),
    ).toBe(true);
    expect((await at.post(path, at.stranger(), {}, replica.url)).status).toBe(201);
    await at.world.stopService(replica);
  });

  test('a flood from one address is stopped before anything is parsed, and health still answers', async () => {
    const replica = await at.replica({ REQUESTS_PER_ADDRESS_PER_MINUTE: '10' });
    const statuses = [];
    for (let sent = 0; sent < 12; sent++)
      statuses.push((await fetch(`${replica.url}/api/onboarding/tenants/x`)).status);
    expect(statuses.slice(-3)).toEqual([404, 429, 429]);
    expect((await fetch(`${replica.url}/health/live`)).status).toBe(200);
    await at.world.stopService(replica);
  });
});

async function tenantCount(): Promise<number> {
  const [row] = await at.service.sql<{ n: number }>('select count(*)::int as n from tenant');
  return row?.n ?? 0;
}
