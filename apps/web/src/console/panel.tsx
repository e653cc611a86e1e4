import { Paper, Skeleton, Stack, Text, Title, VisuallyHidden } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { asProblem } from '../api/problem';
import { Trouble } from '../feedback/trouble';
import { timeText } from './words';

interface PanelProps<Data> {
  title: string;
  query: UseQueryResult<Data>;
  /** What to say instead of the content when there is none; null: there is some. */
  empty?: (data: Data) => string | null;
  children: (data: Data) => ReactNode;
}

/** One question to one service, with every state it can be in. A part that is away takes down its own panel only. */
export function Panel<Data>({ title, query, empty, children }: PanelProps<Data>) {
  return (
    <Paper component="section" withBorder p="md" aria-label={title}>
      <Title order={2} size="h4" mb="sm">
        {title}
      </Title>
      <Content query={query} empty={empty ?? (() => null)}>
        {children}
      </Content>
    </Paper>
  );
}

function Content<Data>({
  query,
  empty,
  children,
}: Required<Pick<PanelProps<Data>, 'empty' | 'children'>> & { query: UseQueryResult<Data> }) {
  if (query.data !== undefined) {
    const nothing = empty(query.data);
    return (
      <Stack>
        {/* Old numbers are better than none while a service restarts, if they are called old. */}
        {query.error && (
          <Trouble problem={asProblem(query.error)}>
            Below is what was known at {timeText(new Date(query.dataUpdatedAt).toISOString())}.
          </Trouble>
        )}
        {nothing === null ? <div>{children(query.data)}</div> : <Text c="dimmed">{nothing}</Text>}
      </Stack>
    );
  }
  if (query.error) return <Trouble problem={asProblem(query.error)} />;
  return (
    <Stack gap="xs" aria-busy="true">
      <VisuallyHidden role="status">Loading.</VisuallyHidden>
      <Skeleton height={18} />
      <Skeleton height={18} width="70%" />
      <Skeleton height={18} width="85%" />
    </Stack>
  );
}
