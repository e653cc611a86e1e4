import { Container, Skeleton, Stack, Text, Title } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { asProblem } from '../api/problem';
import { Trouble } from '../feedback/trouble';

/** A page of the workspace: its name, and one line on what it is for. */
export function View({ title, about, children }: { title: string; about: string; children: ReactNode }) {
  return (
    <Container size="md" px={0} mx={0}>
      <title>{`${title} · Latchkey`}</title>
      <Title order={1} size="h2">
        {title}
      </Title>
      <Text c="dimmed" mb="lg">
        {about}
      </Text>
      {children}
    </Container>
  );
}

/**
 * What a query brings: its shape while it is on the way, the trouble while there is none, and the last known data with
 * the trouble above it when a later look failed.
 */
export function Loaded<Data>({
  query,
  children,
}: {
  query: UseQueryResult<Data>;
  children: (data: Data) => ReactNode;
}) {
  if (query.isPending)
    return (
      <Stack aria-busy="true">
        <Skeleton height={24} width="40%" />
        <Skeleton height={120} />
      </Stack>
    );
  return (
    <Stack>
      {query.error && <Trouble problem={asProblem(query.error)} />}
      {query.data !== undefined && children(query.data)}
    </Stack>
  );
}
