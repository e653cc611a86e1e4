import { Problem } from '@latchkey/contracts';

/** The longest answer that is read; the sandbox's ledger after many thousand strangers is the largest. */
const answerBytesMax = 256 * 1_024 * 1_024;
/** A little above the gateway's own 45 s, so that the system's answer and not our impatience decides. */
export const requestTimeoutMs = 50_000;

/** The system answered, with something else than success. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly retryAfterMs: number | undefined,
    where: string,
    /** What a browser would show; only Stripe's page is ever read like that. */
    readonly page: string,
  ) {
    super(`${status} ${code} from ${where}`);
  }
}

/** No whole answer came: connection refused or cut, or silence for too long. */
export class NoAnswer extends Error {
  constructor(
    readonly code: string,
    where: string,
  ) {
    super(`${code} from ${where}`);
  }
}

export interface Ask {
  method?: 'GET' | 'POST';
  headers?: Record<string, string>;
  /** Sent as JSON. */
  json?: unknown;
  body?: FormData | URLSearchParams;
  signal?: AbortSignal;
}

export interface Reply {
  status: number;
  headers: Headers;
  text: string;
}

/** One request with a time limit. Redirects are answers too: a stranger's browser follows them, knowingly. */
export async function request(url: string, ask: Ask = {}): Promise<Reply> {
  const where = `${ask.method ?? 'GET'} ${new URL(url).pathname}`;
  try {
    const response = await open(url, ask, AbortSignal.timeout(requestTimeoutMs));
    const text = await readText(response);
    if (response.status < 400) return { status: response.status, headers: response.headers, text };
    throw refusalOf(response, text, where);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new NoAnswer(causeOf(error), where);
  }
}

/** The answer's JSON, checked against a contract. */
export async function requestJson<T>(url: string, shape: { parse(value: unknown): T }, ask: Ask = {}): Promise<T> {
  const { text } = await request(url, ask);
  return shape.parse(JSON.parse(text));
}

/** The bare response: for streams, whose body has no end to wait for. */
export async function open(url: string, ask: Ask, limit?: AbortSignal): Promise<Response> {
  const signals = [ask.signal, limit].filter((signal) => signal !== undefined);
  return fetch(url, {
    method: ask.method ?? 'GET',
    redirect: 'manual',
    headers: { ...ask.headers, ...(ask.json === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(ask.json === undefined ? {} : { body: JSON.stringify(ask.json) }),
    ...(ask.body === undefined ? {} : { body: ask.body }),
    signal: AbortSignal.any(signals),
  });
}

export function refusalOf(response: Response, text: string, where: string): Refusal {
  const problem = Problem.safeParse(parsed(text));
  const seconds = problem.data?.retry_after ?? Number(response.headers.get('retry-after') ?? Number.NaN);
  const retryAfterMs = Number.isFinite(seconds) ? seconds * 1_000 : undefined;
  return new Refusal(response.status, problem.data?.code ?? `http_${response.status}`, retryAfterMs, where, text);
}

/** The shortest true name of what went wrong on the wire. */
export function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const cause = error.cause as { code?: unknown } | undefined;
  if (typeof cause?.code === 'string') return cause.code;
  return error.name === 'TypeError' ? 'connection_failed' : error.name;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += (chunk as Uint8Array).length;
    if (bytes > answerBytesMax) throw new Error('The answer has no end.');
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks).toString('utf8');
}
