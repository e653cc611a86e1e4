import { setTimeout as sleep } from 'node:timers/promises';
import { NoAnswer, Refusal } from './http.js';

const firstPauseMs = 250;
const longestPauseMs = 5_000;

/** Time ran out; `during` says in the middle of what, the cause says why it was not over. */
export class OutOfPatience extends Error {
  constructor(
    readonly during: string,
    why: string,
  ) {
    super(`out of patience during ${during}: ${why}`);
  }
}

/** How long one stranger goes on, and what made them try again. */
export class Patience {
  private readonly endsAtMs: number;
  readonly signal: AbortSignal;
  /** What was being done, for the report of those who never arrived. */
  during = 'start';

  constructor(
    timeoutMs: number,
    private readonly note: (reason: string) => void,
  ) {
    this.endsAtMs = performance.now() + timeoutMs;
    this.signal = AbortSignal.timeout(timeoutMs);
  }

  get leftMs(): number {
    return this.endsAtMs - performance.now();
  }

  /**
   * Does `action` until it works, as a person would: after a 429, a 5xx or silence the same thing again, later each time,
   * and not before the `retry_after` that was asked for. Any other refusal is final.
   */
  async insist<T>(action: (signal: AbortSignal) => Promise<T>, alsoPassing: readonly string[] = []): Promise<T> {
    let why: string | undefined;
    for (let attempt = 1; ; attempt++) {
      try {
        return await action(this.signal);
      } catch (error) {
        if (!(error instanceof Refusal || error instanceof NoAnswer)) throw error;
        if (!isPassing(error) && !alsoPassing.includes(error.code)) throw error;
        // When time is up the request is cut by ourselves: what came before says more.
        if (this.leftMs <= 0) throw new OutOfPatience(this.during, why ?? error.message);
        why = error.message;
        this.note(`${this.during}: ${error.code}`);
        await this.pause(pauseAfter(error, attempt), why);
      }
    }
  }

  /** Something did not work and is done in another way, or once more. */
  noteFailure(error: unknown): void {
    if ((error instanceof Refusal || error instanceof NoAnswer) && isPassing(error))
      this.note(`${this.during}: ${error.code}`);
  }

  /** Waits, unless it would be over before the wait is. */
  async pause(ms: number, why = 'nothing happened'): Promise<void> {
    if (ms >= this.leftMs) throw new OutOfPatience(this.during, why);
    await sleep(ms);
  }
}

function isPassing(error: Refusal | NoAnswer): boolean {
  return error instanceof NoAnswer || error.status === 429 || error.status >= 500;
}

/** Doubling with jitter, so that strangers who were turned away together do not come back together. */
function pauseAfter(error: Refusal | NoAnswer, attempt: number): number {
  const backoffMs = Math.min(longestPauseMs, firstPauseMs * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2);
  return error instanceof Refusal ? Math.max(error.retryAfterMs ?? 0, backoffMs) : backoffMs;
}
