import { Alert, Anchor, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { ProblemError } from '../api/problem';
import { offer } from '../offer';

/** Instead of a view that could not be loaded: what is the matter, whether it heals by itself, and what else one can do. */
export function Trouble({ problem, children }: { problem: ProblemError; children?: ReactNode }) {
  const { title, detail, request_id: requestId } = problem.problem;
  return (
    <Alert color={problem.passing ? 'yellow' : 'red'} variant="outline" title={title} role="alert">
      {detail && <Text size="sm">{detail}</Text>}
      <Text size="sm" mt="xs">
        {problem.passing
          ? 'We look again every few seconds and go on by ourselves; nothing of yours is lost.'
          : 'Trying again will not change this.'}{' '}
        {children} Or write to <Anchor href={mailTo(requestId)}>{offer.support_email}</Anchor>.
      </Text>
    </Alert>
  );
}

function mailTo(requestId: string | undefined): string {
  const subject = requestId === undefined ? '' : `?subject=${encodeURIComponent(`Request ${requestId}`)}`;
  return `mailto:${offer.support_email}${subject}`;
}
