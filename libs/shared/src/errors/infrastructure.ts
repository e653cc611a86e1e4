import { VendorError } from './vendor-errors.js';

/** PostgreSQL's classes for "the server is away, full, or starting" and "somebody else had the row" (a deadlock, a lock not had in time). */
const sqlStates = /^(08|40|53|55P03|57P0|58|25006)/;
/** Node's for "nobody is listening". */
const socketCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** What only the message tells. */
const lostConnection =
  /cached plan must not change result type|Connection terminated|timeout exceeded when trying to connect|Client (has encountered a connection error|was closed)/;

interface Carried {
  code?: unknown;
  message?: unknown;
  cause?: unknown;
}

/**
 * True when our own database or network is away, or the database busy with somebody else. Such a failure says nothing
 * about the message or job at hand, so it never uses up a try: a restart of PostgreSQL must not turn good events into dead
 * letters. A vendor that cannot be reached is not ours, although its socket fails with the same codes: it has its own
 * retries, and they must end.
 */
export function isInfrastructureFailure(error: unknown): boolean {
  if (error instanceof VendorError) return false;
  // By what they carry, not by `instanceof`: Node's own errors belong to another realm under Jest.
  for (let e = error as Carried | null | undefined, depth = 0; e && typeof e === 'object' && depth < 5; depth++) {
    if (typeof e.code === 'string' && (sqlStates.test(e.code) || socketCodes.has(e.code))) return true;
    if (typeof e.message === 'string' && lostConnection.test(e.message)) return true;
    e = e.cause as Carried | undefined;
  }
  return false;
}
