import { Button, Container, Group, Text, Title } from '@mantine/core';
import { Link } from 'react-router';

export function NotFoundPage() {
  return (
    <Container size="sm" py="xl">
      <title>Not found · Latchkey</title>
      <Title order={1} mb="md">
        There is no such page
      </Title>
      <Text mb="md">The address may be mistyped, or the page has moved.</Text>
      <Group>
        <Button component={Link} to="/">
          Back to the start
        </Button>
        <Button component={Link} to="/app" variant="default">
          My workspace
        </Button>
      </Group>
    </Container>
  );
}
