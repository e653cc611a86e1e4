import { startTestSandbox, type TestSandbox } from '@latchkey/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SignupWorld } from './support/signup-world.js';

const path = '/api/onboarding/signup';
const secret = 'the-captcha-secret';
let sandbox: TestSandbox;
let at: SignupWorld;

beforeAll(async () => {
  sandbox = await startTestSandbox({ SANDBOX_CAPTCHA_SECRET: secret });
  const CAPTCHA_VERIFY_URL = `${sandbox.urls.captcha}/turnstile/v0/siteverify`;
  at = await SignupWorld.start({ CAPTCHA_VERIFY_URL, CAPTCHA_SECRET: secret });
});
afterAll(async () => {
  await at.world.stop();
  await sandbox.stop();
});

const tenants = () => at.service.sql('select count(*)::int as n from tenant');

test('a solved CAPTCHA lets a stranger in, once', async () => {
  expect((await at.post(path, at.stranger({ captcha_token: 'ok-1' }))).status).toBe(201);
  expect((await at.post(path, at.stranger({ captcha_token: 'ok-1' }))).body.code).toBe('captcha_failed');
});

test('without one, or with a wrong one, nobody comes in', async () => {
  const before = await tenants();
  for (const fields of [{}, { captcha_token: 'made up' }, { captcha_token: '' }]) {
    const { status, body } = await at.post(path, at.stranger(fields));
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'captcha_failed' });
  }
  expect(await tenants()).toEqual(before);
});

test('a mistake in the form does not use up the token, which works only once', async () => {
  const stranger = at.stranger({ captcha_token: 'ok-2' });
  expect((await at.post(path, { ...stranger, password: 'password' })).body.code).toBe('invalid_request');
  expect((await at.post(path, { ...stranger, accept_terms: false })).body.code).toBe('terms_not_accepted');
  expect((await at.post(path, stranger)).status).toBe(201);
});

test('when its maker does not answer, the door stays shut and says when to come back', async () => {
  const before = await tenants();
  const fault = { match: { vendor: 'captcha' }, action: { type: 'status', status: 503 } };
  await at.post('/_sim/faults', fault, {}, sandbox.urls.console);
  const { status, body, headers } = await at.post(path, at.stranger({ captcha_token: 'ok-3' }));
  expect({ status, code: body.code, wait: headers.get('retry-after') }).toEqual({
    status: 503,
    code: 'captcha_unavailable',
    wait: '10',
  });
  expect(await tenants()).toEqual(before);
});
