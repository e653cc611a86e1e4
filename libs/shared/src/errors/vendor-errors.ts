/** What is known about a vendor call that did not succeed; every field is safe to log (see `redact` in vendor-failure.ts). */
export interface VendorFailure {
  vendor: string;
  operation: string;
  /** HTTP status, when the vendor answered at all. */
  status?: number | undefined;
  /** The vendor's own error code, or ours where it has none. */
  code?: string | undefined;
  /** The vendor's request id: what its support desk asks for first. */
  requestId?: string | undefined;
  /** The vendor's sentence, redacted and cut. For operators, never for customers. */
  detail?: string | undefined;
  /** True when the call may have taken effect although no answer says so: repeat it with the same key, or ask first. */
  outcomeUnknown?: boolean | undefined;
  /** True when the vendor refused this one call for what it is (a lock, a key that is spent) and is there for all others. */
  onlyThisCall?: boolean | undefined;
}

/**
 * A vendor call that did not succeed. Deliberately without `cause`: the SDKs' errors carry the request, and with it
 * keys and addresses that must not reach a log.
 */
export abstract class VendorError extends Error {
  readonly vendor: string;
  readonly operation: string;
  readonly status: number | undefined;
  readonly code: string | undefined;
  readonly requestId: string | undefined;
  readonly detail: string | undefined;
  readonly outcomeUnknown: boolean;
  readonly onlyThisCall: boolean;
  /**
   * Set by the breaker when calls to this vendor are stopped: after so long one may try again. Then the failure is the
   * vendor's state and says nothing about the work at hand, so no try is counted for it (jobs/queue.ts).
   */
  stoppedForMs: number | undefined;
  abstract readonly kind: RetryLaterKind | GiveUpKind;

  protected constructor(kind: string, failure: VendorFailure) {
    const facts = [failure.status, failure.code].filter((fact) => fact !== undefined).join(' ');
    super(`${failure.vendor} ${failure.operation}: ${kind}${facts === '' ? '' : ` (${facts})`}`);
    this.name = new.target.name;
    this.vendor = failure.vendor;
    this.operation = failure.operation;
    this.status = failure.status;
    this.code = failure.code;
    this.requestId = failure.requestId;
    this.detail = failure.detail;
    this.outcomeUnknown = failure.outcomeUnknown ?? false;
    this.onlyThisCall = failure.onlyThisCall ?? false;
  }
}

export type RetryLaterKind = 'rate_limit' | 'outage' | 'timeout' | 'connection' | 'breaker_open';

/** The same call may succeed later, unchanged; `retryAfterMs` is the vendor's own wish where it gave one. */
export class RetryLater extends VendorError {
  readonly kind: RetryLaterKind;
  readonly retryAfterMs: number | undefined;

  constructor(kind: RetryLaterKind, failure: VendorFailure & { retryAfterMs?: number | undefined }) {
    super(kind, failure);
    this.kind = kind;
    this.retryAfterMs = failure.retryAfterMs;
  }
}

export type GiveUpKind = 'refused' | 'quota' | 'auth' | 'declined' | 'not_found';

/**
 * Repeating the same call cannot help. `quota` and `auth` are ours to mend, not the customer's: page the operators and
 * stop calling (VENDORS 3) instead of burning each customer's tries.
 */
export class GiveUp extends VendorError {
  readonly kind: GiveUpKind;

  constructor(kind: GiveUpKind, failure: VendorFailure) {
    super(kind, failure);
    this.kind = kind;
  }
}

/** Why calls to a vendor are stopped. `quota` and `auth` are ours to mend. */
export type BreakerReason = 'outage' | 'rate_limit' | 'quota' | 'auth';

/** The call was not made: the vendor is away, or does not want us now. Nothing was sent, and no try should be counted for it. */
export class BreakerOpen extends RetryLater {
  constructor(
    readonly reason: BreakerReason,
    failure: Pick<VendorFailure, 'vendor' | 'operation'> & { retryAfterMs: number },
  ) {
    super('breaker_open', { ...failure, code: reason });
    this.stoppedForMs = failure.retryAfterMs;
  }
}

/** How long until a vendor may be called again, of a failure that met its stopped calls; undefined for every other failure. */
export function stoppedForMs(error: unknown): number | undefined {
  for (let e = error, depth = 0; e instanceof Error && depth < 5; e = e.cause, depth++)
    if (e instanceof VendorError && e.stoppedForMs !== undefined) return e.stoppedForMs;
  return undefined;
}
