import { Badge, Progress, Stack, Text } from '@mantine/core';
import type { Document } from './upload';

const words = {
  received: 'Received, is read next',
  reading: 'Is being read',
  indexing: 'Is made searchable',
  indexed: 'Ready to be asked about',
  rejected: 'Could not be used',
} as const;

/** The true state of a document; while it is made searchable, how many of its passages are. */
export function DocumentState({ document }: { document: Document }) {
  const { state, chunks_created: created, chunks_total: total, reason } = document;
  if (state === 'indexed')
    return (
      <Badge color="teal.9" variant="filled" tt="none">
        {words.indexed}
      </Badge>
    );
  if (state === 'rejected')
    return (
      <Text size="sm" c="var(--mantine-color-error)">
        {words.rejected}: {reason?.message ?? 'we do not know why'}
      </Text>
    );
  return (
    <Stack gap={4} miw={160}>
      <Text size="sm" role="status">
        {words[state]}
        {total !== null && `: ${created} of ${total} passages`}
      </Text>
      <Progress
        value={total ? (created / total) * 100 : 0}
        aria-label={`${created} of ${total ?? 'an unknown number of'} passages are searchable`}
      />
    </Stack>
  );
}
