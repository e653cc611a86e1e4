/** One complaint as the vendor words it; a request may earn several at once. */
export interface Complaint {
  readonly message: string;
  readonly field: string | null;
  readonly help: string | null;
}

export function complaint(message: string, field: string | null = null): Complaint {
  return { message, field, help: null };
}

/** An error answer: `{errors: [{message, field, help}]}`. */
export class SendGridError extends Error {
  constructor(
    readonly status: number,
    readonly complaints: readonly Complaint[],
  ) {
    super(complaints[0]?.message ?? 'The request failed.');
  }

  body(): object {
    return { errors: this.complaints };
  }
}

const plainTexts: Readonly<Record<number, string>> = {
  401: 'The provided authorization grant is invalid, expired, or revoked',
  403: 'The from address does not match a verified Sender Identity.',
  404: 'Not Found',
  413: 'The JSON payload you have included in your request is too large.',
  429: 'too many requests',
};

/** The vendor's body for an injected status (`POST /_sim/faults`). */
export function errorBody(status: number): object {
  return { errors: [complaint(plainTexts[status] ?? 'An error occurred on a SendGrid server.')] };
}
