import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { type RunningSandbox, startSandbox } from '../src/sandbox.js';

const secret = 'the-secret';
let sandbox: RunningSandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ SANDBOX_PORTS: '0', SANDBOX_CAPTCHA_SECRET: secret });
});
afterEach(() => sandbox.sim.reset());
afterAll(() => sandbox.close());

async function ask(fields: Record<string, string>, path = '/turnstile/v0/siteverify', json = false): Promise<object> {
  const answer = await fetch(`http://127.0.0.1:${sandbox.ports.captcha}${path}`, {
    method: 'POST',
    ...(json ? { headers: { 'content-type': 'application/json' } } : {}),
    body: json ? JSON.stringify(fields) : new URLSearchParams(fields),
  });
  expect(answer.status).toBe(200);
  return (await answer.json()) as object;
}
const refused = (...codes: string[]) => expect.objectContaining({ success: false, 'error-codes': codes });

test.each(['/turnstile/v0/siteverify', '/siteverify', '/recaptcha/api/siteverify'])(
  'a second use of a token is refused (%s)',
  async (path) => {
    expect(await ask({ secret, response: 'ok-1' }, path)).toMatchObject({ success: true, hostname: 'localhost' });
    expect(await ask({ secret, response: 'ok-1' }, path)).toEqual(refused('timeout-or-duplicate'));
  },
);

test('a token spent at one address is spent at the other one too', async () => {
  await ask({ secret, response: 'ok-1' });
  expect(await ask({ secret, response: 'ok-1' }, '/recaptcha/api/siteverify')).toEqual(refused('timeout-or-duplicate'));
});

test('a repeat with the same idempotency key is the same question, with another key it is a second use', async () => {
  const first = await ask({ secret, response: 'ok-2', idempotency_key: 'k1' });
  expect(await ask({ secret, response: 'ok-2', idempotency_key: 'k1' })).toEqual(first);
  expect(await ask({ secret, response: 'ok-2', idempotency_key: 'k2' })).toEqual(refused('timeout-or-duplicate'));
});

test('the plain token passes as often as it is asked, and the failing one never', async () => {
  for (let i = 0; i < 3; i++) expect(await ask({ secret, response: 'sandbox-pass' })).toMatchObject({ success: true });
  expect(await ask({ secret, response: 'sandbox-fail' })).toEqual(refused('invalid-input-response'));
});

test('JSON is understood as well as a form', async () => {
  expect(await ask({ secret, response: 'ok-json' }, undefined, true)).toMatchObject({ success: true });
});

test.each([
  ['no secret', { response: 'ok-1' }, 'missing-input-secret'],
  ['a wrong secret', { secret: 'guess', response: 'ok-1' }, 'invalid-input-secret'],
  ['no token', { secret }, 'missing-input-response'],
  ['a made-up token', { secret, response: 'hello' }, 'invalid-input-response'],
  ['a token over 2048 characters', { secret, response: 'ok-' + 'x'.repeat(2048) }, 'invalid-input-response'],
])('%s is refused with its own code and spends nothing', async (_name, fields, code) => {
  expect(await ask(fields as Record<string, string>)).toEqual(refused(code));
  expect(sandbox.sim.journal.effects({ kind: 'captcha.spent' })).toEqual([]);
});

test('the published test secrets behave as documented', async () => {
  const response = 'XXXX.DUMMY.TOKEN.XXXX';
  const judge = (dummy: string, path?: string) => ask({ secret: dummy, response }, path);
  expect(await judge('1x0000000000000000000000000000000AA')).toMatchObject({ success: true });
  expect(await judge('2x0000000000000000000000000000000AA')).toEqual(refused('invalid-input-response'));
  expect(await judge('3x0000000000000000000000000000000AA')).toEqual(refused('timeout-or-duplicate'));
  const google = await judge('6LeIxAcTAAAAAGG-vFI1TnRWxMZNFuojJ4WifJWe', '/recaptcha/api/siteverify');
  expect(google).toMatchObject({ success: true });
  expect(await ask({ secret, response })).toEqual(refused('invalid-input-response'));
});

test('broken JSON is a bad request, not a pass', async () => {
  const answer = await fetch(`http://127.0.0.1:${sandbox.ports.captcha}/siteverify`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"secret":',
  });
  expect(await answer.json()).toEqual(refused('bad-request'));
});
