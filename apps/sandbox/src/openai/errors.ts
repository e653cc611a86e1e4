import type { z } from 'zod';

/** An error in the vendor's own shape. `code` tells permanent from transient: insufficient_quota is not worth a retry. */
export class OpenAiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly code: string | null,
    readonly param: string | null = null,
    readonly type = status === 429 ? 'requests' : status >= 500 ? 'server_error' : 'invalid_request_error',
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }

  body(): object {
    return { error: { message: this.message, type: this.type, param: this.param, code: this.code } };
  }
}

/** The vendor's body for an injected status (`POST /_sim/faults`), so that the SDK raises the error class it would raise. */
export function errorBody(status: number): object {
  if (status === 401) return new OpenAiError(401, 'Incorrect API key provided.', 'invalid_api_key').body();
  if (status === 404) return new OpenAiError(404, 'Invalid URL.', null).body();
  if (status === 413) return new OpenAiError(413, 'Request body too large.', null).body();
  if (status === 429) return new OpenAiError(429, 'Rate limit reached for requests.', 'rate_limit_exceeded').body();
  if (status === 503) return new OpenAiError(503, 'The engine is currently overloaded.', 'slow_down').body();
  return new OpenAiError(status, 'The server had an error while processing your request.', null).body();
}

/** Turns the first complaint of a schema into the sentence and code the vendor answers with. */
export function invalidRequest(error: z.ZodError): OpenAiError {
  const issue = error.issues[0];
  const path = (issue?.path ?? [])
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : (i > 0 ? '.' : '') + String(part)))
    .join('');
  if (issue?.code === 'unrecognized_keys') {
    const name = [path, issue.keys[0] ?? ''].filter((part) => part !== '').join('.');
    return new OpenAiError(400, `Unknown parameter: '${name}'.`, 'unknown_parameter', name);
  }
  if (issue?.code === 'invalid_type' && /received undefined/.test(issue.message)) {
    return new OpenAiError(400, `Missing required parameter: '${path}'.`, 'missing_required_parameter', path);
  }
  if (issue?.code === 'invalid_type') {
    return new OpenAiError(400, `Invalid type for '${path}': expected ${issue.expected}.`, 'invalid_type', path);
  }
  return new OpenAiError(
    400,
    `Invalid value for '${path}': ${issue?.message ?? 'not understood'}.`,
    'invalid_value',
    path,
  );
}
