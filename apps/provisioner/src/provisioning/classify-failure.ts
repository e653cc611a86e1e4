import { GiveUp, isInfrastructureFailure, VendorError } from '@latchkey/shared/errors';
import { QuestionUnanswered } from '@latchkey/shared/messaging';
import type { FailureReason } from './run.entity.js';
import { SamplesNotSearchable } from './steps/samples-searchable.step.js';

export interface Failure {
  reason: FailureReason;
  /** For operators: never for customers, never with personal data. */
  message: string;
  /** False when trying again cannot help. */
  retry: boolean;
}

/** Reads an attempt's failure. Our own database being away is nobody's failure: it is thrown on and costs the run nothing. */
export function classifyFailure(error: unknown): Failure {
  if (isInfrastructureFailure(error)) throw error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof VendorError) {
    const reason = error.vendor === 'openai' ? 'openai' : error.vendor === 'pinecone' ? 'pinecone' : 'internal';
    // A used-up quota or a wrong key is ours to mend, not the customer's fate: operators have the retries' time for it.
    const hopeless = error instanceof GiveUp && error.kind !== 'quota' && error.kind !== 'auth';
    return { reason, message, retry: !hopeless };
  }
  if (error instanceof SamplesNotSearchable) return { reason: 'samples_not_searchable', message, retry: true };
  if (error instanceof QuestionUnanswered) return { reason: 'workspace', message, retry: true };
  return { reason: 'internal', message, retry: true };
}
