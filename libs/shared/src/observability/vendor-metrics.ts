import { crashPoint } from '../crash/crash-point.js';
import type { Breaker } from '../breakers/breaker.js';
import { RetryLater, VendorError } from '../errors/vendor-errors.js';
import { isInsideTransaction } from '../persistence/transaction.js';
import { counter, histogram } from './metrics.js';
import { measureSpan } from './tracing.js';

const requestDuration = histogram(
  'vendor_request_duration_seconds',
  'Time a vendor took to answer, retries inside its SDK included; outcome is ok or the kind of the error.',
  ['vendor', 'operation', 'outcome'],
  [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 60],
);

/** What vendors count on their bills. Prices change without us, so they stand in the recording rules (ops/alerts/cost.yml). */
export const vendorUnits = counter('vendor_units_total', 'What a vendor charges for, in its own units.', [
  'vendor',
  'unit',
]);

/** One call of a vendor, named for logs and metrics. */
export interface VendorCall {
  vendor: string;
  operation: string;
  /** The end of all patience, SDK retries included. The SDKs' own timeouts count silence, so a dripping body outlives them. */
  deadlineMs: number;
  /** Turns whatever the SDK threw into RetryLater or GiveUp; an error it does not know comes back unchanged. */
  translate: (error: unknown) => unknown;
  /** Left out: every call is made, however the ones before it ended. */
  breaker?: Breaker | undefined;
}

/** Runs one vendor call under its deadline, measures it, and lets only our own errors out. */
export async function measureVendorCall<T>(call: VendorCall, work: () => Promise<T>): Promise<T> {
  const { vendor, operation } = call;
  // A transaction that waits for a vendor holds its locks for as long as the vendor likes (DESIGN rule 4).
  if (isInsideTransaction()) throw new Error(`${vendor} ${operation} was called inside a transaction.`);
  const measured = () =>
    measureSpan(
      () => ({ kind: 'client', name: `${vendor} ${operation}` }),
      () => measure(call, work),
    );
  return call.breaker ? call.breaker.run(operation, measured) : measured();
}

async function measure<T>(call: VendorCall, work: () => Promise<T>): Promise<T> {
  const { vendor, operation, deadlineMs } = call;
  crashPoint('vendor', vendor, operation, 'before');
  const stopTimer = requestDuration.startTimer({ vendor, operation });
  let alarm: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    const failure = { vendor, operation, code: 'deadline', outcomeUnknown: true };
    alarm = setTimeout(() => reject(new RetryLater('timeout', failure)), deadlineMs);
  });
  try {
    const result = await Promise.race([work(), deadline]);
    crashPoint('vendor', vendor, operation, 'after');
    stopTimer({ outcome: 'ok' });
    return result;
  } catch (thrown) {
    const error = thrown instanceof VendorError ? thrown : call.translate(thrown);
    stopTimer({ outcome: error instanceof VendorError ? error.kind : 'bug' });
    throw error;
  } finally {
    clearTimeout(alarm);
  }
}
