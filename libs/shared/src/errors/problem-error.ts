import { problems, type ProblemCode } from '@latchkey/contracts';

export interface ProblemExtras {
  /** A public sentence that adds to the title; never internals. */
  detail?: string;
  retryAfterSeconds?: number;
  errors?: { field: string; code: string; message: string }[];
  cause?: unknown;
}

/** An error a caller may read: a stable code of the catalogue. Everything else becomes `internal_error`. */
export class ProblemError extends Error {
  readonly status: number;

  constructor(
    readonly code: ProblemCode,
    readonly extras: ProblemExtras = {},
  ) {
    super(problems[code].title, { cause: extras.cause });
    this.name = 'ProblemError';
    this.status = problems[code].status;
  }
}
