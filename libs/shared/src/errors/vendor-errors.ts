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
  }
}
