import { Button, Container, Group, Text, Title } from '@mantine/core';
import { Link } from 'react-router';

/** `start`: where this part of the application begins. */
export function NotFoundPage({ start = '/' }: { start?: string }) {
  return (
    <Container size="sm" py="xl">
      <title>Not found · Latchkey</title>
      <Title order={1} mb="md">
        There is no such page
      </Title>
      <Text mb="md">The address may be mistyped, or the page has moved.</Text>
      <Group>
        <Button component={Link} to={start}>
          Back to the start
        </Button>
        {start === '/' && (
          <Button component={Link} to="/app" variant="default">
            My workspace
          </Button>
        )}
      </Group>
    </Container>
  );
}
