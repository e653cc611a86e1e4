import { generateKeyPairSync, sign } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { verifyEventWebhook } from './event-webhook.js';

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const spki = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
const signedAt = 1_770_000_000;
// SendGrid ends its batches with CRLF, and the signature covers it.
const body = '[{"email":"mara@example.com","event":"delivered","sg_event_id":"e1"}]\r\n';
const signBatch = (timestamp: string, payload: string) =>
  sign('sha256', Buffer.from(timestamp + payload), privateKey).toString('base64');

const verify = (overrides: Partial<Parameters<typeof verifyEventWebhook>[0]>) =>
  verifyEventWebhook({
    publicKey: spki,
    signature: signBatch(String(signedAt), body),
    timestamp: String(signedAt),
    rawBody: Buffer.from(body),
    maxAgeSeconds: 600,
    nowMs: (signedAt + 5) * 1000,
    ...overrides,
  });

test('a batch signed with the key we registered is taken', () => {
  expect(verify({})).toEqual({ ok: true });
});

test.each([
  ['no signature', { signature: undefined }, 'missing_signature'],
  ['no timestamp', { timestamp: undefined }, 'missing_signature'],
  ['a signature of garbage', { signature: 'bm90IGEgc2lnbmF0dXJl' }, 'bad_signature'],
  ['one changed byte', { rawBody: body.replace('delivered', 'bounced__') }, 'bad_signature'],
  ['the body without its CRLF', { rawBody: body.trimEnd() }, 'bad_signature'],
  ['another timestamp', { timestamp: String(signedAt + 1) }, 'bad_signature'],
  ['a recorded batch', { nowMs: (signedAt + 601) * 1000 }, 'too_old'],
  ['a batch from the future', { nowMs: (signedAt - 601) * 1000 }, 'too_old'],
])('%s is refused', (_name, overrides, reason) => {
  expect(verify(overrides)).toEqual({ ok: false, reason });
});

test('a signed timestamp that is no number is refused, not taken as young', () => {
  const timestamp = 'soon';
  expect(verify({ timestamp, signature: signBatch(timestamp, body) })).toEqual({ ok: false, reason: 'too_old' });
});

test('an unusable public key is reported as such instead of refusing every batch silently', () => {
  expect(() => verify({ publicKey: 'not a key' })).toThrow();
});
