import { VendorError } from './vendor-errors.js';

/** PostgreSQL's classes for "the server is away, full, or starting", and Node's for "nobody is listening". */
const sqlStates = /^(08|53|57P0|58|25006)/;
const socketCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/**
 * True when our own database or network is away. Such a failure says nothing about the message or job at hand, so it
 * never uses up a try: a restart of PostgreSQL must not turn good events into dead letters. A vendor that cannot be
 * reached is not ours, although its socket fails with the same codes: it has its own retries, and they must end.
 */
export function isInfrastructureFailure(error: unknown): boolean {
  if (error instanceof VendorError) return false;
  for (let e = error, depth = 0; e instanceof Error && depth < 5; e = e.cause, depth++) {
    const code = (e as { code?: unknown }).code;
    if (typeof code === 'string' && (sqlStates.test(code) || socketCodes.has(code))) return true;
    if (
      /cached plan must not change result type|Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/.test(
        e.message,
      )
    )
      return true;
  }
  return false;
}
