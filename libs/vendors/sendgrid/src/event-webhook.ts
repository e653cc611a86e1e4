import { createPublicKey, verify } from 'node:crypto';

export type EventWebhookVerdict =
  { ok: true } | { ok: false; reason: 'missing_signature' | 'bad_signature' | 'too_old' };

/**
 * Checks Twilio's signature of an event batch: ECDSA P-256 over timestamp and untouched body (VENDORS 4). The scheme has
 * no age check of its own, so a recorded batch could be replayed for ever without ours. By node:crypto: Twilio's own
 * package takes 34 ms for its first check and throws on garbage. Throws only when the public key itself is unusable.
 */
export function verifyEventWebhook(delivery: {
  /** Base64 SPKI, as the settings page and `/v3/user/webhooks/event/settings/signed/{id}` show it. */
  publicKey: string;
  signature: string | undefined;
  /** Seconds, exactly as in the header: it is part of what was signed. */
  timestamp: string | undefined;
  rawBody: Uint8Array | string;
  maxAgeSeconds: number;
  nowMs: number;
}): EventWebhookVerdict {
  const { publicKey, signature, timestamp, rawBody, maxAgeSeconds, nowMs } = delivery;
  if (!signature || !timestamp) return { ok: false, reason: 'missing_signature' };
  const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
  const signed = Buffer.concat([Buffer.from(timestamp), Buffer.from(rawBody)]);
  if (!verify('sha256', signed, key, Buffer.from(signature, 'base64'))) return { ok: false, reason: 'bad_signature' };
  const ageSeconds = Math.abs(nowMs / 1000 - Number(timestamp));
  return ageSeconds <= maxAgeSeconds ? { ok: true } : { ok: false, reason: 'too_old' };
}
