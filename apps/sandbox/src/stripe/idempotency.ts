import { createHash } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import type { Sim } from '../core/sim.js';
import type { Collection } from '../core/store.js';
import { invalid, StripeError } from './errors.js';

interface Remembered {
  requestHash: string;
  status: number;
  body: string;
  atMs: number;
}

/** Stripe may forget keys after a day. */
const KEPT_MS = 86_400_000;
const MAX_KEY_LENGTH = 255;

/**
 * Stripe's rules (documentation "Idempotent requests"): the status and body of the first request that got as far as
 * running are replayed, failures with 500 included; the same key with other parameters is an error; a request that was
 * refused before it ran, or that met a running one, leaves nothing behind.
 */
export class Idempotency {
  private readonly remembered: Collection<Remembered>;
  private readonly running = new Set<string>();

  constructor(private readonly sim: Sim) {
    this.remembered = sim.collection('stripe.idempotency');
  }

  /** At the door, before any latency: a key whose first request is still being answered gets 409. */
  readonly door: RequestHandler = (req, res, next) => {
    const slot = slotOf(req);
    if (slot === undefined) return next();
    if (this.running.has(slot)) {
      const conflict = new StripeError(409, {
        type: 'invalid_request_error',
        code: 'idempotency_key_in_use',
        message: 'There is currently another in-progress request using this Idempotent Key.',
      });
      res.status(409).json(conflict.body());
      return;
    }
    this.running.add(slot);
    res.once('close', () => this.running.delete(slot));
    next();
  };

  /** The first answer to this key, if there was one. */
  recall(req: Request): Remembered | undefined {
    if ((req.get('idempotency-key') ?? '').length > MAX_KEY_LENGTH) {
      throw invalid('The idempotency key is longer than 255 characters.');
    }
    const slot = slotOf(req);
    const first = slot === undefined ? undefined : this.remembered.get(slot);
    if (!first || first.atMs < this.sim.clock.nowMs() - KEPT_MS) return undefined;
    if (first.requestHash === hashOf(req)) return first;
    throw new StripeError(400, {
      type: 'idempotency_error',
      message:
        'Keys for idempotent requests can only be used with the same parameters they were first used with. ' +
        `Try using a key other than '${req.get('idempotency-key') ?? ''}' if you meant to execute a different request.`,
    });
  }

  remember(req: Request, status: number, body: string): void {
    const slot = slotOf(req);
    if (slot === undefined) return;
    const atMs = this.sim.clock.nowMs();
    // A slot that is set again moves to the end: the oldest are always first.
    this.remembered.delete(slot);
    this.remembered.set(slot, { requestHash: hashOf(req), status, body, atMs });
    for (const [oldest, answer] of this.remembered.entries()) {
      if (answer.atMs >= atMs - KEPT_MS) break;
      this.remembered.delete(oldest);
    }
  }
}

function slotOf(req: Request): string | undefined {
  const key = req.get('idempotency-key');
  if (key === undefined || key === '' || req.method !== 'POST') return undefined;
  // Keys belong to an account; the secret itself has no business in our log.
  const account = createHash('sha256')
    .update(req.get('authorization') ?? '')
    .digest('base64url')
    .slice(0, 12);
  return `${account} ${key}`;
}

function hashOf(req: Request): string {
  return createHash('sha256')
    .update(`${req.method} ${req.path}\n`)
    .update(req.body as Buffer)
    .digest('base64url');
}
