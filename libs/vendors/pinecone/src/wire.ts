import { AsyncLocalStorage } from 'node:async_hooks';
import {
  failureFromConnection,
  failureFromStatus,
  GiveUp,
  type HeaderReader,
  redact,
  RetryLater,
} from '@latchkey/shared/errors';

/** What the SDK hides from its callers: status, headers and error body of the one request a call made. */
export interface Wire {
  status?: number;
  header?: HeaderReader;
  errorBody?: string;
  connectionError?: unknown;
}

const wireOfCall = new AsyncLocalStorage<Wire>();

/** Runs one SDK call and keeps what came over the wire for it, also when calls overlap. */
export function recordWire<T>(wire: Wire, work: () => Promise<T>): Promise<T> {
  return wireOfCall.run(wire, work);
}

/**
 * The fetch we hand to the SDK, which has no timeout of its own, never retries 429, and drops Retry-After, status and the
 * sequence numbers (VENDORS 2.3). The body is read in here, so that the timeout covers it too.
 */
export function wireFetch(timeoutMs: number): typeof fetch {
  return async (input, init) => {
    const wire = wireOfCall.getStore() ?? {};
    try {
      const response = await fetch(input, { ...init, signal: AbortSignal.timeout(timeoutMs) });
      const body = await response.text();
      const { status, headers } = response;
      Object.assign(wire, { status, header: (name: string) => headers.get(name) });
      if (!response.ok) wire.errorBody = body;
      return new Response(status === 204 || status === 304 ? null : body, { status, headers });
    } catch (error) {
      wire.connectionError = error;
      throw error;
    }
  };
}

/** RetryLater or GiveUp from the wire's facts: the SDK's own errors have lost them. */
export function pineconeFailure(operation: string, wire: Wire, error: unknown): unknown {
  const { status, header = () => undefined, errorBody, connectionError } = wire;
  const facts = { vendor: 'pinecone', operation, status };
  if (connectionError !== undefined) return failureFromConnection(facts, connectionError);
  // Nothing was sent: the SDK refused the arguments, or the fault is ours.
  if (status === undefined)
    return error instanceof Error && error.name.startsWith('Pinecone')
      ? new GiveUp('refused', { ...facts, code: 'invalid_argument', detail: redact(error.message) })
      : error;
  if (status < 400) return new RetryLater('outage', { ...facts, code: 'malformed_answer', outcomeUnknown: true });

  const { code, message = '' } = readErrorBody(errorBody);
  // Not found is believed of Pinecone only: a proxy's page in its place must not make data count as deleted.
  if (status === 404 && code === undefined)
    return new RetryLater('outage', { ...facts, code: 'malformed_answer', outcomeUnknown: true });
  const answered = {
    ...facts,
    status,
    code,
    requestId: header('x-pinecone-request-id') ?? undefined,
    detail: redact(message),
  };
  // A month's units are used up: told as 429 like a burst, but only a bigger plan or the next month helps.
  if (status === 429 && /current month|upgrade/i.test(message)) return new GiveUp('quota', answered);
  if (status === 403 && /quota|limit|exceed/i.test(message)) return new GiveUp('quota', answered);
  return failureFromStatus(answered, header);
}

/** `{code, message}` on the vector plane, `{status, error: {code, message}}` elsewhere, and plain text for 401. */
function readErrorBody(body: string | undefined): { code: string | undefined; message: string | undefined } {
  try {
    const parsed: { code?: unknown; message?: unknown; error?: { code?: unknown; message?: unknown } } = JSON.parse(
      body ?? '',
    );
    const { code, message } = parsed.error ?? parsed;
    return {
      code: code === undefined ? undefined : String(code),
      message: typeof message === 'string' ? message : undefined,
    };
  } catch {
    return { code: undefined, message: body };
  }
}
