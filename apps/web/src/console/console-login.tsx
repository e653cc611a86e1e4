import { Button, Container, Paper, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { asProblem } from '../api/problem';
import { ProblemNote } from '../feedback/problem-note';
import { logIn } from './operator-api';

/** Operators have accounts of their own; a customer's log-in opens nothing here. */
export function ConsoleLogin() {
  const client = useQueryClient();
  const form = useForm({ mode: 'uncontrolled', initialValues: { email: '', password: '' } });
  const login = useMutation({
    mutationFn: logIn,
    onSuccess: (session) => client.setQueryData(['console', 'session'], session),
  });
  return (
    <Container component="main" size={460} py="xl">
      <title>Console · Latchkey</title>
      <Title order={1} mb="md">
        Operator console
      </Title>
      <Paper withBorder p="lg">
        <form onSubmit={form.onSubmit((values) => login.mutate(values))}>
          <Stack>
            {login.error && <ProblemNote problem={asProblem(login.error)} />}
            <TextInput label="Email" type="email" autoComplete="username" required {...form.getInputProps('email')} />
            <PasswordInput
              label="Password"
              autoComplete="current-password"
              required
              {...form.getInputProps('password')}
            />
            <Button type="submit" loading={login.isPending}>
              Log in
            </Button>
          </Stack>
        </form>
      </Paper>
      <Text size="sm" c="dimmed" mt="md">
        Accounts are made with <code>npm run operators</code>. Everything done here is kept in the audit under your
        name.
      </Text>
    </Container>
  );
}
