import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { answer, signup } from '../api/client';
import { asProblem } from '../api/problem';
import { Trouble } from '../feedback/trouble';

/** Asking is safe to repeat: it only reads whether the activation has happened. */
export function SetupDone() {
  const complete = useQuery({
    queryKey: ['wizard', 'complete'],
    queryFn: () => answer(signup.POST('/api/onboarding/setup-wizard/complete')),
    staleTime: Infinity,
  });
  return (
    <Stack mt="md">
      {complete.error ? (
        <Trouble problem={asProblem(complete.error)} />
      ) : (
        <Alert title="You are all set" variant="outline" color="teal" role="status">
          {complete.data && <Text>{complete.data.message}</Text>}
          <Text>What now? Add more documents, invite your program with a key, or just ask.</Text>
        </Alert>
      )}
      <Group>
        <Button component={Link} to="/app/questions">
          Ask more
        </Button>
        <Button component={Link} to="/app/documents" variant="default">
          Add documents
        </Button>
        <Button component={Link} to="/app/keys" variant="default">
          Get my API key
        </Button>
      </Group>
    </Stack>
  );
}
