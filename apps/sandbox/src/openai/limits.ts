import type { Sim } from '../core/sim.js';
import { OpenAiError } from './errors.js';

export interface Limits {
  requests_per_minute: number;
  tokens_per_minute: number;
}

interface Bucket {
  requests: number;
  tokens: number;
  atMs: number;
}

/** Far above what one machine can ask for: a limit must be set on purpose to be met. */
const generous: Limits = { requests_per_minute: 100_000, tokens_per_minute: 100_000_000 };

function fromEnv(text: string | undefined, fallback: number): number {
  const value = Number(text);
  return text !== undefined && Number.isInteger(value) && value > 0 ? value : fallback;
}

function spell(ms: number): string {
  return ms < 1000 ? `${Math.ceil(ms)}ms` : `${Math.round(ms / 10) / 100}s`;
}

/**
 * Requests and tokens per minute (one pair of buckets for each API key and each kind of model, as the vendor keeps them
 * per organisation and model) and the money switch: an exhausted quota answers 429 until somebody pays.
 */
export class OpenAiLimits {
  limits: Limits;
  quotaExhausted = false;
  readonly #initial: Limits;
  readonly #buckets = new Map<string, Bucket>();

  constructor(private readonly sim: Sim) {
    this.#initial = {
      requests_per_minute: fromEnv(sim.env['SANDBOX_OPENAI_RPM'], generous.requests_per_minute),
      tokens_per_minute: fromEnv(sim.env['SANDBOX_OPENAI_TPM'], generous.tokens_per_minute),
    };
    this.limits = this.#initial;
    sim.whenReset(() => {
      this.quotaExhausted = false;
      this.set(this.#initial);
    });
  }

  set(limits: Partial<Limits>): void {
    this.limits = { ...this.limits, ...limits };
    this.#buckets.clear();
  }

  /** Takes one request and its tokens from the key's bucket. Throws the vendor's 429, else answers the rate headers. */
  take(apiKey: string, kind: 'embeddings' | 'chat', tokens: number): Record<string, string> {
    if (this.quotaExhausted) {
      const message = 'You exceeded your current quota, please check your plan and billing details.';
      throw new OpenAiError(429, message, 'insufficient_quota', null, 'insufficient_quota');
    }
    const { requests_per_minute: requestMax, tokens_per_minute: tokenMax } = this.limits;
    const nowMs = this.sim.clock.nowMs();
    const id = `${kind}:${apiKey}`;
    const bucket = this.#buckets.get(id) ?? { requests: requestMax, tokens: tokenMax, atMs: nowMs };
    const minutes = Math.max(0, nowMs - bucket.atMs) / 60_000;
    bucket.requests = Math.min(requestMax, bucket.requests + minutes * requestMax);
    bucket.tokens = Math.min(tokenMax, bucket.tokens + minutes * tokenMax);
    bucket.atMs = nowMs;
    this.#buckets.set(id, bucket);

    const waitForRequestMs = ((1 - bucket.requests) / requestMax) * 60_000;
    const waitForTokensMs = ((Math.min(tokens, tokenMax) - bucket.tokens) / tokenMax) * 60_000;
    const waitMs = Math.ceil(Math.max(waitForRequestMs, waitForTokensMs));
    if (waitMs > 0) {
      const what = waitForRequestMs >= waitForTokensMs ? 'requests' : 'tokens';
      const limit = what === 'requests' ? requestMax : tokenMax;
      const message = `Rate limit reached on ${what} per min: Limit ${limit}. Please try again in ${spell(waitMs)}.`;
      const headers = { 'retry-after-ms': String(waitMs), 'retry-after': String(Math.ceil(waitMs / 1000)) };
      throw new OpenAiError(429, message, 'rate_limit_exceeded', null, what, { ...this.#headers(bucket), ...headers });
    }
    bucket.requests -= 1;
    bucket.tokens -= Math.min(tokens, tokenMax);
    return this.#headers(bucket);
  }

  #headers(bucket: Bucket): Record<string, string> {
    const { requests_per_minute: requestMax, tokens_per_minute: tokenMax } = this.limits;
    return {
      'x-ratelimit-limit-requests': String(requestMax),
      'x-ratelimit-limit-tokens': String(tokenMax),
      'x-ratelimit-remaining-requests': String(Math.max(0, Math.floor(bucket.requests))),
      'x-ratelimit-remaining-tokens': String(Math.max(0, Math.floor(bucket.tokens))),
      'x-ratelimit-reset-requests': spell(((requestMax - bucket.requests) / requestMax) * 60_000),
      'x-ratelimit-reset-tokens': spell(((tokenMax - bucket.tokens) / tokenMax) * 60_000),
    };
  }
}
