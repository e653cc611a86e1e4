import { Container, Title } from '@mantine/core';
import type { ProblemError } from '../api/problem';
import { Trouble } from './trouble';

/** A whole page that cannot be shown, as long as that is so. */
export function PageTrouble({ problem }: { problem: ProblemError }) {
  return (
    <Container py="xl" size="sm">
      <Title order={1} mb="md">
        One moment
      </Title>
      <Trouble problem={problem} />
    </Container>
  );
}
