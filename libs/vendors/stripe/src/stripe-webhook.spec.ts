import { createHmac } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { verifyStripeWebhook } from './stripe-webhook.js';

const signedAt = 1_770_000_000;
const event = {
  id: 'evt_1',
  object: 'event',
  type: 'invoice.paid',
  data: { object: { id: 'in_1', object: 'invoice' } },
};
const body = JSON.stringify(event);
const v1 = (secret: string, at = signedAt, payload = body) =>
  createHmac('sha256', secret).update(`${at}.${payload}`).digest('hex');

const verify = (overrides: Partial<Parameters<typeof verifyStripeWebhook>[0]>) =>
  verifyStripeWebhook({
    rawBody: Buffer.from(body),
    signature: `t=${signedAt},v1=${v1('whsec_a')}`,
    secrets: ['whsec_a'],
    toleranceSeconds: 300,
    nowMs: (signedAt + 10) * 1000,
    ...overrides,
  });

test('a delivery signed with our secret is taken', () => {
  expect(verify({})).toEqual({ ok: true, event });
});

test('while a secret is being rotated, both the old and the new one are good', () => {
  expect(verify({ secrets: ['whsec_new', 'whsec_a'] }).ok).toBe(true);
  const both = `t=${signedAt},v1=${v1('whsec_new')},v1=${v1('whsec_a')}`;
  expect(verify({ signature: both }).ok).toBe(true);
});

test.each([
  ['no signature', { signature: undefined }, 'missing_signature'],
  ['a signature of garbage', { signature: 'garbage' }, 'bad_signature'],
  ['a signature without a timestamp', { signature: `v1=${v1('whsec_a')}` }, 'bad_signature'],
  ['another secret', { secrets: ['whsec_b'] }, 'bad_signature'],
  ['no secret in use', { secrets: [] }, 'bad_signature'],
  ['an empty secret', { secrets: [''], signature: `t=${signedAt},v1=${v1('')}` }, 'bad_signature'],
  ['one changed byte', { rawBody: body.replace('in_1', 'in_2') }, 'bad_signature'],
  ['the same JSON, written anew', { rawBody: JSON.stringify(event, null, 1) }, 'bad_signature'],
  ['the test scheme v0', { signature: `t=${signedAt},v0=${v1('whsec_a')}` }, 'bad_signature'],
  ['a recorded delivery', { nowMs: (signedAt + 301) * 1000 }, 'too_old'],
  ['a delivery from the future', { nowMs: (signedAt - 301) * 1000 }, 'too_old'],
])('%s is refused', (_name, overrides, reason) => {
  expect(verify(overrides)).toEqual({ ok: false, reason });
});

test('a recorded delivery cannot hide its age behind a second, fresh timestamp', () => {
  const later = signedAt + 86_400;
  const signature = `t=${later},t=${signedAt},v1=${v1('whsec_a')}`;
  expect(verify({ signature, nowMs: later * 1000 })).toEqual({ ok: false, reason: 'bad_signature' });
});

test.each([
  ['a thin event', JSON.stringify({ ...event, object: 'v2.core.event' })],
  ['an event without its object', JSON.stringify({ ...event, data: { object: null } })],
  ['no JSON at all', 'ping'],
  ['JSON null', 'null'],
])('%s is refused even when its signature is good', (_name, payload) => {
  const signature = `t=${signedAt},v1=${v1('whsec_a', signedAt, payload)}`;
  expect(verify({ rawBody: payload, signature })).toEqual({ ok: false, reason: 'malformed' });
});
