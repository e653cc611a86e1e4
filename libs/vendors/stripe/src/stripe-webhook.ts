import { Stripe } from 'stripe';
import type { StripeEvent } from './stripe-objects.js';

export type StripeWebhookRefusal = 'missing_signature' | 'bad_signature' | 'too_old' | 'malformed';

export type StripeWebhookVerdict = { ok: true; event: StripeEvent } | { ok: false; reason: StripeWebhookRefusal };

/**
 * Checks `Stripe-Signature` over the untouched body against every secret in use (two while one is being rotated).
 * Stricter than the SDK, which accepts any timestamp of the future and skips the age check at tolerance 0 (VENDORS 1.4).
 */
export function verifyStripeWebhook(delivery: {
  rawBody: Uint8Array | string;
  signature: string | undefined;
  secrets: readonly string[];
  toleranceSeconds: number;
  nowMs: number;
}): StripeWebhookVerdict {
  const { rawBody, signature, secrets, toleranceSeconds, nowMs } = delivery;
  if (!signature) return { ok: false, reason: 'missing_signature' };
  // One timestamp only: of two, the SDK signs the last, and a replayed delivery could hide its age behind a fresh first.
  const timestamps = [...signature.matchAll(/(?:^|,)t=(\d{1,12})(?=,|$)/g)].map((match) => Number(match[1]));
  const [timestamp] = timestamps;
  if (timestamp === undefined || timestamps.length > 1) return { ok: false, reason: 'bad_signature' };
  const body = typeof rawBody === 'string' ? rawBody : Buffer.from(rawBody);
  if (!secrets.some((secret) => isSignedWith(secret, body, signature))) return { ok: false, reason: 'bad_signature' };
  if (Math.abs(nowMs / 1000 - timestamp) > toleranceSeconds) return { ok: false, reason: 'too_old' };
  const event = parseEvent(body);
  return event === undefined ? { ok: false, reason: 'malformed' } : { ok: true, event };
}

function isSignedWith(secret: string, body: Buffer | string, signature: string): boolean {
  try {
    return Stripe.webhooks.signature?.verifyHeader(body, signature, secret, 0) ?? false;
  } catch (error) {
    if (error instanceof Stripe.errors.StripeSignatureVerificationError) return false;
    throw error;
  }
}

/** A thin event (`v2.core.event`) carries no object and is refused: our endpoint is registered for snapshot events. */
function parseEvent(body: Buffer | string): StripeEvent | undefined {
  try {
    const event: StripeEvent = JSON.parse(body.toString());
    const isSnapshot = event.object === 'event' && typeof event.id === 'string' && typeof event.type === 'string';
    return isSnapshot && event.data.object instanceof Object ? event : undefined;
  } catch {
    return undefined;
  }
}
