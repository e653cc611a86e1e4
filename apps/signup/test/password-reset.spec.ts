import { PasswordResetLink } from '@latchkey/contracts';
import { Questions } from '@latchkey/shared/messaging';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { SignupWorld, type Answer } from './support/signup-world.js';

let at: SignupWorld;
const password = 'plum-kettle-42-vista';
const newPassword = 'walnut-harbour-7-lamp';

beforeAll(async () => {
  at = await SignupWorld.start();
});
afterAll(() => at.world.stop());
// Every request here comes from one address, and its limit is not what most of these are about.
beforeEach(() => at.service.sql(`delete from rate_counter where key like 'reset-address:%'`));

const forgot = (email: string) => at.post('/api/auth/forgot-password', { email });
const reset = (token: string, typed = newPassword) => at.post('/api/auth/reset-password', { token, password: typed });
const login = (email: string, typed: string) => at.post('/api/auth/login', { email, password: typed });
const cookieOf = (answer: Answer) => (answer.headers.get('set-cookie') ?? '').split(';', 1)[0] ?? '';
const refresh = (answer: Answer) => at.post('/api/auth/refresh', '', { cookie: cookieOf(answer) });

async function customer(): Promise<{ email: string; tenantId: string }> {
  const stranger = at.stranger();
  const { body } = await at.post('/api/onboarding/signup', stranger);
  return { email: String(stranger['email']), tenantId: String(body['tenant_id']) };
}

/** The token as notifier would mail it, for the tenant's newest link. */
async function token(tenantId: string): Promise<string> {
  const [row] = await at.service.sql<{ id: string }>(
    'select id from password_reset where tenant_id = $1 order by created_at desc, id desc limit 1',
    [tenantId],
  );
  const reply = await at.service
    .get(Questions)
    .ask(PasswordResetLink, { tenant_id: tenantId, reset_id: row?.id ?? 'none' });
  if (reply.state !== 'current') throw new Error('There is no current link.');
  return reply.token;
}

test('a known and an unknown address get the same answer after the same time, and the same limit', async () => {
  const { email } = await customer();
  const asked = async (address: string) => {
    const answers = [];
    const startedAt = performance.now();
    for (let i = 0; i < 4; i++) {
      const { status, body } = await forgot(address);
      answers.push({ status, message: body['message'], code: body.code, retry: body['retry_after'] });
    }
    return { answers, ms: performance.now() - startedAt };
  };
  const known = await asked(email);
  const unknown = await asked('nobody-at-all@example.com');
  expect(unknown.answers).toEqual(known.answers);
  expect(known.answers.map(({ status }) => status)).toEqual([202, 202, 202, 429]);
  // Both wait for the same floor; without it a known address would take the time of its mail longer.
  expect(Math.abs(known.ms - unknown.ms)).toBeLessThan(0.5 * known.ms);
  expect(Math.min(known.ms, unknown.ms)).toBeGreaterThan(3 * 240);
});

test('a link gives a new password once, ends every session, lifts the lock of the wrong tries, and is told', async () => {
  const { email, tenantId } = await customer();
  const before = await login(email, password);
  for (let tries = 0; tries < 10; tries++) await login(email, 'not this one');
  expect((await login(email, password)).body.code).toBe('login_locked');

  await forgot(email);
  const link = await token(tenantId);
  expect((await reset(link)).status).toBe(204);
  expect((await refresh(before)).body.code).toBe('refresh_token_invalid');
  expect((await login(email, password)).body.code).toBe('credentials_wrong');
  expect((await login(email, newPassword)).status).toBe(200);
  expect((await reset(link, 'another-good-one-33')).body.code).toBe('reset_link_invalid');
  expect((await login(email, newPassword)).status).toBe(200);

  await at.world.drain();
  const events = await at.world.events(tenantId);
  expect(events.map(({ type }) => type)).toEqual(
    expect.arrayContaining(['signup.password-reset-requested.v1', 'signup.password-changed.v1']),
  );
  expect(JSON.stringify(events)).not.toContain(link);
  expect(JSON.stringify(events)).not.toContain(email);
});

test('of two uses at once one counts', async () => {
  const { email, tenantId } = await customer();
  await forgot(email);
  const link = await token(tenantId);
  const answers = await Promise.all([reset(link, 'first-of-the-two-1'), reset(link, 'second-of-the-two-2')]);
  expect(answers.map(({ status }) => status).sort()).toEqual([204, 400]);
});

test('a log-in with the old password that is under way when it is changed opens nothing', async () => {
  const { email, tenantId } = await customer();
  await forgot(email);
  const link = await token(tenantId);
  const release = await at.lock('account', tenantId);
  const change = reset(link);
  await at.waitsForLock(1);
  // Its password is the right one now, and the old one when it has its turn.
  const late = login(email, password);
  await at.waitsForLock(2);
  await release();
  expect((await change).status).toBe(204);
  expect((await late).body.code).toBe('credentials_wrong');
});

test('a password that is too easy leaves the link as it was', async () => {
  const { email, tenantId } = await customer();
  await forgot(email);
  const link = await token(tenantId);
  const refused = await reset(link, 'password123');
  expect(refused).toMatchObject({
    status: 400,
    body: { errors: [{ field: 'password', code: 'password_too_common' }] },
  });
  expect((await reset(link)).status).toBe(204);
});

test('a link is dead after half an hour, after a newer one, and when it is of somebody else’s making', async () => {
  const { email, tenantId } = await customer();
  await forgot(email);
  const first = await token(tenantId);
  await forgot(email);
  const second = await token(tenantId);
  expect((await reset(first)).body.code).toBe('reset_link_invalid');
  for (const junk of ['', '.', 'prs_1.AAAA', `${second}x`, second.replace('prs_', 'prs_x'), 'x'.repeat(256)])
    expect((await reset(junk)).body.code).toBe('reset_link_invalid');
  await at.world.advance(30 * 60_000);
  expect((await reset(second)).body.code).toBe('reset_link_invalid');
  await expect(token(tenantId)).rejects.toThrow('no current link');
});

test('one address cannot ask for everybody', async () => {
  const answers = await Promise.all(Array.from({ length: 31 }, (_, i) => forgot(`many${i}@example.com`)));
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(1);
});

test('another site’s page cannot ask in a visitor’s name', async () => {
  const elsewhere = { origin: 'https://elsewhere.example' };
  for (const [path, body] of [
    ['/api/auth/forgot-password', { email: 'somebody@example.com' }],
    ['/api/auth/reset-password', { token: 'prs_1.AAAA', password: newPassword }],
  ] as const)
    expect((await at.post(path, body, elsewhere)).body.code).toBe('forbidden');
});
