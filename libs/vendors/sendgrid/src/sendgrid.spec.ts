import { expect, test } from '@jest/globals';
import { GiveUp, RetryLater } from '@latchkey/shared/errors';
import { refusedUrl, startWireServer, type WireAnswer } from '@latchkey/testing/wire-server';
import { createSendGrid, type Mail } from './sendgrid.js';

const mail: Mail = {
  to: { email: 'mara@example.com', name: 'Mara' },
  from: { email: 'hello@latchkey.example' },
  subject: 'Your workspace is ready',
  html: '<p>Hello</p>',
  text: 'Hello',
  categories: ['welcome'],
  customArgs: { message_id: 'msg_1', CamelCase: 'kept' },
  tracking: { opens: true, clicks: false },
};

const send = async (answer: WireAnswer, timeoutMs = 2_000) => {
  await using server = await startWireServer(() => answer);
  const sendgrid = createSendGrid({ breaker: undefined, apiKey: 'SG.wire', apiUrl: server.url, timeoutMs });
  const result: unknown = await sendgrid.send(mail).catch((error: unknown) => error);
  return { result, requests: server.requests };
};
const errors = (message: string, field: string | null = null) => ({ errors: [{ message, field, help: null }] });

test('a mail goes to the configured address, never to the true SendGrid, with the key set before', async () => {
  const { result, requests } = await send({ status: 202, headers: { 'x-message-id': 'abc' } });
  expect(result).toEqual({ messageId: 'abc' });
  expect(requests).toHaveLength(1);
  expect(requests[0]).toMatchObject({
    method: 'POST',
    path: '/v3/mail/send',
    headers: { authorization: 'Bearer SG.wire' },
  });
});

test('a mail says exactly what was asked for, tracking and arguments included', async () => {
  const { requests } = await send({ status: 202 });
  expect(JSON.parse(requests[0]?.body ?? '')).toEqual({
    personalizations: [{ to: [{ email: 'mara@example.com', name: 'Mara' }] }],
    from: { email: 'hello@latchkey.example' },
    subject: 'Your workspace is ready',
    content: [
      { type: 'text/plain', value: 'Hello' },
      { type: 'text/html', value: '<p>Hello</p>' },
    ],
    categories: ['welcome'],
    custom_args: { message_id: 'msg_1', CamelCase: 'kept' },
    tracking_settings: {
      click_tracking: { enable: false, enable_text: false },
      open_tracking: { enable: true },
    },
  });
});

test('two keys in one process do not mix', async () => {
  await using first = await startWireServer(() => ({ status: 202 }));
  await using second = await startWireServer(() => ({ status: 202 }));
  const one = createSendGrid({ breaker: undefined, apiKey: 'SG.one', apiUrl: first.url });
  const two = createSendGrid({ breaker: undefined, apiKey: 'SG.two', apiUrl: second.url });
  await Promise.all([one.send(mail), two.send(mail)]);
  expect(first.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer SG.one']);
  expect(second.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer SG.two']);
});

test.each([
  [
    'a rate limit',
    { status: 429, headers: { 'retry-after': '2' } },
    { kind: 'rate_limit', retryAfterMs: 2_000, outcomeUnknown: false },
  ],
  [
    'a rate limit told as a moment',
    { status: 429, headers: { date: 'Mon, 23 Nov 2026 06:00:00 GMT', 'x-ratelimit-reset': '1795413660' } },
    { kind: 'rate_limit', retryAfterMs: 60_000 },
  ],
  ['its own outage: not taken', { status: 503 }, { kind: 'outage', outcomeUnknown: false }],
  ['a gateway that gave up waiting: perhaps taken', { status: 504 }, { kind: 'outage', outcomeUnknown: true }],
  ['a cut connection: perhaps taken', 'reset', { kind: 'connection', outcomeUnknown: true }],
] as const)('%s is for later, and nothing is sent twice', async (_name, answer, expected) => {
  const { result, requests } = await send(answer);
  expect(result).toBeInstanceOf(RetryLater);
  expect(result).toMatchObject(expected);
  expect(requests).toHaveLength(1);
});

test('a silent SendGrid may have taken the mail: the outcome is unknown', async () => {
  const { result, requests } = await send('hang', 100);
  expect(result).toMatchObject({ kind: 'timeout', code: 'ECONNABORTED', outcomeUnknown: true });
  expect(requests).toHaveLength(1);
});

test('a SendGrid that cannot be reached has not taken the mail', async () => {
  const sendgrid = createSendGrid({ breaker: undefined, apiKey: 'SG.wire', apiUrl: await refusedUrl() });
  await expect(sendgrid.send(mail)).rejects.toMatchObject({ kind: 'connection', outcomeUnknown: false });
});

test.each([
  ['a mail it finds invalid', 400, errors('Does not contain a valid address.', 'from.email'), 'refused', 'from.email'],
  ['a wrong key', 401, errors('The provided authorization grant is invalid'), 'auth', undefined],
  ['an empty purse', 401, errors('Maximum credits exceeded'), 'quota', undefined],
  [
    'a sender it does not know',
    403,
    errors('The from address does not match a verified Sender', 'from'),
    'auth',
    'from',
  ],
])('%s is given up', async (_name, status, body, kind, code) => {
  const { result } = await send({ status, body });
  expect(result).toBeInstanceOf(GiveUp);
  expect(result).toMatchObject({ kind, code, status, outcomeUnknown: false });
});

test('a mail the SDK refuses to build is given up instead of tried for ever', async () => {
  const sendgrid = createSendGrid({ breaker: undefined, apiKey: 'SG.wire', apiUrl: await refusedUrl() });
  const broken = { ...mail, subject: 7 } as unknown as Mail;
  await expect(sendgrid.send(broken)).rejects.toMatchObject({ kind: 'refused', code: 'invalid_mail' });
});

test('an error never carries the key, the mail or an address into a log', async () => {
  const { result } = await send({ status: 400, body: errors('mara@example.com is not allowed for SG.wire-key') });
  const logged = JSON.stringify({ ...(result as GiveUp), stack: (result as GiveUp).stack });
  expect(logged).toContain('is not allowed');
  for (const secret of ['mara@example.com', 'SG.wire', 'Hello']) expect(logged).not.toContain(secret);
});
