import type { Problem } from '@latchkey/contracts';

type Facts = Pick<Problem, 'title' | 'code' | 'status'> & Partial<Problem>;

/** A refusal or a failure, in words meant for the person who reads them. Everything that can go wrong becomes one. */
export class ProblemError extends Error {
  constructor(readonly problem: Facts) {
    super(problem.detail ?? problem.title);
  }

  /** Nothing is wrong with what was sent: the same will work when the other side is back. */
  get passing(): boolean {
    return this.problem.status === 0 || [502, 503, 504].includes(this.problem.status);
  }

  /** The message for one field of a form, if the problem is about it. */
  forField(field: string): string | undefined {
    return this.problem.errors?.find((error) => error.field === field)?.message;
  }
}

/** No answer at all: offline, or the gateway itself is being restarted. */
export const unreachable = new ProblemError({
  status: 0,
  code: 'unreachable',
  title: 'We cannot be reached right now. Please check your connection.',
});

export function problemFrom(status: number, body: unknown): ProblemError {
  if (typeof body === 'object' && body !== null && 'code' in body && 'title' in body)
    return new ProblemError(body as Problem);
  // Not one of our answers: a proxy between us, most likely while something restarts.
  return new ProblemError({
    status: status || 502,
    code: 'unexpected_answer',
    title: 'A part of the service is not answering. It usually is back within seconds.',
  });
}

export function asProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof TypeError) return unreachable;
  return new ProblemError({
    status: 500,
    code: 'page_failed',
    title: 'This page made a mistake. Nothing was lost; reloading it usually helps.',
  });
}
