import type { z } from 'zod';

const grpcCodes: Readonly<Record<number, number>> = {
  400: 3, 401: 16, 403: 7, 404: 5, 409: 6, 412: 9, 413: 11, 429: 8, 500: 13, 503: 14, 504: 4,
}; // prettier-ignore

const plainTexts: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  404: 'Not found',
  429: 'Request rate limit reached, please retry later.',
  500: 'Internal server error',
  503: 'The service is temporarily unavailable.',
};

/** The data plane's error shape: a gRPC status as JSON. The SDK reads `message` only. */
export class PineconeError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }

  body(): object {
    return { code: grpcCodes[this.status] ?? 2, message: this.message, details: [] };
  }
}

/** The control plane's other error shape, with a word for a code. */
export class ControlPlaneError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }

  body(): object {
    return { status: this.status, error: { code: this.code, message: this.message } };
  }
}

/** The vendor's body for an injected status (`POST /_sim/faults`). */
export function errorBody(status: number): object {
  return new PineconeError(status, plainTexts[status] ?? 'The request failed.').body();
}

/** The first complaint of a schema as a 400; unknown fields are refused by name, as a protobuf parser does. */
export function invalidRequest(error: z.ZodError): PineconeError {
  const issue = error.issues[0];
  const path = (issue?.path ?? []).join('.');
  if (issue?.code === 'unrecognized_keys') {
    return new PineconeError(400, `Unknown field "${[path, issue.keys[0]].filter(Boolean).join('.')}"`);
  }
  return new PineconeError(400, `${path === '' ? 'Request' : path}: ${issue?.message ?? 'invalid'}`);
}
