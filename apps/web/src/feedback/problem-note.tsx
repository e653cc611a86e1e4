import { Alert, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { ProblemError } from '../api/problem';

interface Props {
  problem: ProblemError;
  /** What to do about a failure that passes. */
  again?: string;
  /** The ways on. */
  children?: ReactNode;
}

/** Why what somebody just did was not done, above the form they did it with. */
export function ProblemNote({
  problem,
  again = 'What you typed is still here. Send it again in a moment.',
  children,
}: Props) {
  const { title, detail, code, errors, retry_after: retryAfterSeconds } = problem.problem;
  // The service's own words for this speak to programs.
  const said = code === 'invalid_request' && errors?.length ? 'Please check what you typed' : title;
  return (
    <Alert color={problem.passing ? 'yellow' : 'red'} variant="outline" title={said} role="alert">
      {detail && <Text size="sm">{detail}</Text>}
      {problem.passing && <Text size="sm">{again}</Text>}
      {!problem.passing && retryAfterSeconds !== undefined && (
        <Text size="sm">This is possible again {inWords(retryAfterSeconds)}.</Text>
      )}
      {children && (
        <Text size="sm" component="div" mt="xs">
          {children}
        </Text>
      )}
    </Alert>
  );
}

function inWords(seconds: number): string {
  if (seconds < 90) return `in ${seconds} seconds`;
  if (seconds < 5_400) return `in ${Math.ceil(seconds / 60)} minutes`;
  return `in ${Math.ceil(seconds / 3_600)} hours`;
}
