import type { Breakers } from '@latchkey/shared/breakers';
import { BreakerOpen, GiveUp, isInfrastructureFailure, RetryLater, VendorError } from '@latchkey/shared/errors';
import { QuestionUnanswered } from '@latchkey/shared/messaging';
import type { FailureReason, WaitsFor } from './run.entity.js';
import { SamplesNotSearchable } from './steps/samples-searchable.step.js';

export interface Failure {
  reason: FailureReason;
  /** For operators: never for customers, never with personal data. */
  message: string;
  /** False when trying again cannot help. */
  retry: boolean;
  /** Set when it is nothing of the tenant's: the run waits so long at least, and no try is counted. */
  wait?: { for: WaitsFor; leastMs: number };
}

/** Reads an attempt's failure. Our own database being away is nobody's failure: it is thrown on and costs the run nothing. */
export function classifyFailure(error: unknown, breakers: Breakers): Failure {
  if (isInfrastructureFailure(error)) throw error;
  const message = error instanceof Error ? error.message : String(error);
  const reason = reasonOf(error);
  if (!(error instanceof VendorError)) return { reason, message, retry: true };
  const wait = waitOf(error, breakers);
  return { reason, message, retry: wait !== undefined || !(error instanceof GiveUp), ...(wait ? { wait } : {}) };
}

/** What failed, in the contract's words. */
export function reasonOf(error: unknown): FailureReason {
  if (error instanceof VendorError && (error.vendor === 'openai' || error.vendor === 'pinecone')) return error.vendor;
  if (error instanceof SamplesNotSearchable) return 'samples_not_searchable';
  return error instanceof QuestionUnanswered ? 'workspace' : 'internal';
}

/**
 * A used-up quota or a wrong key is ours to mend, a rate limit tells its own end, and an outage is one once the breaker
 * says so: the first failures of a row cost a try each, in case it is the run that the vendor stumbles over.
 */
function waitOf(error: VendorError, breakers: Breakers): Failure['wait'] {
  if (error instanceof RetryLater && error.kind === 'rate_limit')
    return { for: 'supplier_busy', leastMs: error.retryAfterMs ?? 1_000 };
  const stopped = breakers.of(error.vendor).stopped;
  if (error instanceof RetryLater && stopped) return { for: waitsFor[stopped.reason], leastMs: stopped.retryAfterMs };
  if (error instanceof BreakerOpen) return { for: waitsFor[error.reason], leastMs: error.retryAfterMs ?? 0 };
  if (error instanceof GiveUp && (error.kind === 'quota' || error.kind === 'auth'))
    return { for: 'our_account', leastMs: stopped?.retryAfterMs ?? 0 };
  return undefined;
}

const waitsFor = {
  outage: 'supplier_down',
  rate_limit: 'supplier_busy',
  quota: 'our_account',
  auth: 'our_account',
} as const;
