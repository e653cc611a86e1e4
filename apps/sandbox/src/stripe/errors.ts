/** Stripe's error object; `type` decides which class the SDK throws, `code` is what callers switch on. */
export interface ErrorFields {
  type: 'invalid_request_error' | 'idempotency_error' | 'card_error' | 'api_error';
  message: string;
  code?: string;
  param?: string;
  decline_code?: string;
  doc_url?: string;
}

/** Thrown anywhere below the router; becomes Stripe's own JSON with this status. */
export class StripeError extends Error {
  constructor(
    readonly status: number,
    readonly fields: ErrorFields,
  ) {
    super(fields.message);
  }

  body(): { error: ErrorFields } {
    return { error: this.fields };
  }
}

export function invalid(message: string, param?: string, code?: string): StripeError {
  return new StripeError(400, {
    type: 'invalid_request_error',
    message,
    ...(param === undefined ? {} : { param }),
    ...(code === undefined ? {} : { code }),
  });
}

/** The wording of "No such ..." is Stripe's; ids in a parameter answer 400, in the URL 404. */
export function missing(what: string, id: string, param = 'id'): StripeError {
  return new StripeError(param === 'id' ? 404 : 400, {
    type: 'invalid_request_error',
    code: 'resource_missing',
    message: `No such ${what}: '${id}'`,
    param,
  });
}

/**
 * A parameter Stripe knows and this stand-in does not act on. Refusing it is better than ignoring it: a test that
 * passes here must not rely on something that never happened.
 */
export function unsupported(param: string, why = 'The sandbox does not imitate this parameter.'): StripeError {
  return invalid(why, param, 'sandbox_unsupported');
}

/** The shape of Stripe's answer for a status that was injected or caused by a bug. */
export function stripeErrorBody(status: number): { error: ErrorFields } {
  if (status === 429) {
    return {
      error: {
        type: 'invalid_request_error',
        code: 'rate_limit',
        message: 'Too many requests hit the API too quickly. We recommend an exponential backoff of your requests.',
      },
    };
  }
  if (status >= 500) return { error: { type: 'api_error', message: 'An unknown error occurred.' } };
  if (status === 402) {
    return {
      error: {
        type: 'card_error',
        code: 'card_declined',
        decline_code: 'generic_decline',
        message: 'Your card was declined.',
      },
    };
  }
  return { error: { type: 'invalid_request_error', message: `The request was refused with status ${status}.` } };
}
