import { StandardSchemaValidationPipe } from '@nestjs/common';
import { ProblemError } from '../errors/problem-error.js';

type Issue = {
  message: string;
  path?: readonly (PropertyKey | { key: PropertyKey })[];
  code?: string;
  keys?: string[];
};

/** Checks `@Body({ schema })`, `@Query({ schema })` and `@Param({ schema })`, and answers one problem per field. */
export function createValidationPipe(): StandardSchemaValidationPipe {
  return new StandardSchemaValidationPipe({
    exceptionFactory: (issues: readonly Issue[]) =>
      new ProblemError('invalid_request', { errors: issues.slice(0, 50).flatMap(fieldErrors) }),
  });
}

function fieldErrors(issue: Issue): { field: string; code: string; message: string }[] {
  const path = (issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part));
  const code = issue.code ?? 'invalid';
  // zod names all unknown members in one issue; a reader wants one line for each.
  if (issue.keys)
    return issue.keys
      .slice(0, 20)
      .map((key) => ({ field: [...path, key].join('.'), code, message: 'This field is not known.' }));
  return [{ field: path.join('.') || '(body)', code, message: issue.message }];
}
