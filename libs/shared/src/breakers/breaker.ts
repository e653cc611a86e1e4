import { BreakerOpen, GiveUp, RetryLater, VendorError, type BreakerReason } from '../errors/vendor-errors.js';
import { counter, gauge } from '../observability/metrics.js';
import type { Clock } from '../time/clock.js';

export interface BreakerSettings {
  /** So many calls in a row that met an outage, and nobody is let through any more. */
  failures: number;
  /** How long, before one call may try; doubles up to the most while the vendor stays away. */
  pauseSeconds: number;
  pauseMaxSeconds: number;
}

const usual: BreakerSettings = { failures: 5, pauseSeconds: 10, pauseMaxSeconds: 60 };

/** How long everybody waits after 429s that name no time. */
const rateLimitPauseMs = 1_000;

/** One call may be limited for its own sake (Stripe's lock on an object); two in a row speak of all of us. */
const rateLimitsInARow = 2;

/** Whoever comes while one call tries comes back after this. */
const whileTryingMs = 1_000;

const state = gauge('vendor_breaker_state', '0: calls pass. 1: one call tries. 2: nobody is let through.', ['vendor']);
const opened = counter(
  'vendor_breaker_opened_total',
  'Times calls to a vendor were stopped; quota and auth are ours to mend: page somebody.',
  ['vendor', 'reason'],
);
const refused = counter('vendor_breaker_refused_total', 'Calls that were not made because of it.', ['vendor']);

/**
 * Stands before every call of one vendor in one process. An outage stops the calls after a few failures in a row, a rate
 * limit after two and for as long as the vendor said, an empty purse or a wrong key at once; then one call at a time tries
 * whether it is over. A vendor of whose calls one in ten fails is never stopped: it serves the other nine. Whoever is refused learns when to come back, and that nothing was sent.
 */
export class Breaker {
  private failuresInARow = 0;
  private limitsInARow = 0;
  private open: { reason: BreakerReason; untilMs: number } | undefined;
  /** How often in a row the trying call failed; it makes the pauses grow. */
  private failedTries = 0;
  private trying = false;
  private readonly settings: BreakerSettings;

  constructor(
    readonly vendor: string,
    private readonly clock: Clock,
    settings: Partial<BreakerSettings> = {},
  ) {
    this.settings = { ...usual, ...settings };
    state.set({ vendor }, 0);
  }

  /** Why calls are stopped, and when one may try; null while they pass. A call that just failed may have been the one that stopped them. */
  get stopped(): { reason: BreakerReason; retryAfterMs: number } | null {
    if (!this.open) return null;
    return { reason: this.open.reason, retryAfterMs: Math.max(0, this.open.untilMs - this.clock.nowMs()) };
  }

  /** Makes the call, or throws BreakerOpen without making it. `call` throws our own errors only (vendor-metrics.ts). */
  async run<T>(operation: string, call: () => Promise<T>): Promise<T> {
    const tries = this.admit(operation);
    try {
      const result = await call();
      this.close();
      return result;
    } catch (error) {
      this.note(error, tries);
      if (this.stopped && error instanceof VendorError) error.stoppedForMs = this.stopped.retryAfterMs;
      throw error;
    } finally {
      if (tries) this.trying = false;
    }
  }

  /** True when this call is the one that tries. */
  private admit(operation: string): boolean {
    if (!this.open) return false;
    const leftMs = this.open.untilMs - this.clock.nowMs();
    if (leftMs <= 0 && !this.trying) {
      this.trying = true;
      state.set({ vendor: this.vendor }, 1);
      return true;
    }
    refused.inc({ vendor: this.vendor });
    const retryAfterMs = Math.max(leftMs, Math.min(whileTryingMs, this.settings.pauseSeconds * 1_000));
    throw new BreakerOpen(this.open.reason, { vendor: this.vendor, operation, retryAfterMs });
  }

  private note(error: unknown, tried: boolean): void {
    const reason = reasonOf(error);
    // A refused or unknown thing, a bug of ours: the vendor itself is there.
    if (reason === undefined) return this.close();
    if (reason === 'outage') {
      this.limitsInARow = 0;
      this.failuresInARow += 1;
      // A slip of the call that tried whether a rate limit is over: it is.
      if (tried && this.open?.reason === 'rate_limit') this.letThrough();
      if (!this.open && this.failuresInARow < this.settings.failures) return;
    }
    if (reason === 'rate_limit') {
      this.failuresInARow = 0;
      this.limitsInARow += 1;
      if (!this.open && this.limitsInARow < rateLimitsInARow) return;
    }
    // Calls that were under way when it opened say nothing new.
    if (this.open && !tried && this.open.reason !== 'outage') return;
    if (tried) this.failedTries += 1;
    else if (this.open) return;
    this.stop(reason, error);
  }

  private stop(reason: BreakerReason, error: unknown): void {
    const { pauseSeconds, pauseMaxSeconds } = this.settings;
    const usualMs = Math.min(pauseSeconds * 2 ** Math.min(this.failedTries, 20), pauseMaxSeconds) * 1_000;
    const toldMs = error instanceof RetryLater ? error.retryAfterMs : undefined;
    const pauseMs =
      reason === 'rate_limit'
        ? Math.min(toldMs ?? rateLimitPauseMs * (1 + this.failedTries), pauseMaxSeconds * 1_000)
        : reason === 'outage'
          ? usualMs
          : pauseMaxSeconds * 1_000;
    if (this.open?.reason !== reason) opened.inc({ vendor: this.vendor, reason });
    this.open = { reason, untilMs: this.clock.nowMs() + pauseMs };
    state.set({ vendor: this.vendor }, 2);
  }

  private close(): void {
    this.failuresInARow = 0;
    this.limitsInARow = 0;
    this.letThrough();
  }

  private letThrough(): void {
    this.failedTries = 0;
    this.open = undefined;
    state.set({ vendor: this.vendor }, 0);
  }
}

function reasonOf(error: unknown): BreakerReason | undefined {
  if (error instanceof VendorError && error.onlyThisCall) return undefined;
  if (error instanceof RetryLater) return error.kind === 'rate_limit' ? 'rate_limit' : 'outage';
  if (error instanceof GiveUp && (error.kind === 'quota' || error.kind === 'auth')) return error.kind;
  return undefined;
}
