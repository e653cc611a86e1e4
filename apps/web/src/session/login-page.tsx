import { Anchor, Button, Container, Group, Paper, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { isEmail, isNotEmpty, useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';
import { Link, Navigate, useSearchParams } from 'react-router';
import { answer, signup } from '../api/client';
import { asProblem } from '../api/problem';
import { ProblemNote } from '../feedback/problem-note';
import { offer } from '../offer';
import { recall } from '../signup/remembered';
import { afterLogin } from './after-login';
import { startSession } from './session';
import { useRefreshedSession } from './use-session';

export function LoginPage() {
  // Mails lead here: whoever is still logged in goes straight on.
  const { session } = useRefreshedSession();
  const [query] = useSearchParams();
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { email: recall('email') ?? '', password: '' },
    validate: { email: isEmail('Please give your email address.'), password: isNotEmpty('Please give your password.') },
  });
  const login = useMutation({
    mutationFn: (body: { email: string; password: string }) => answer(signup.POST('/api/auth/login', { body })),
    onSuccess: (started) => startSession({ ...started, token_type: 'Bearer' }),
  });
  if (session.state === 'member') return <Navigate to={afterLogin(query.get('next'))} replace />;
  return (
    <Container size={460} py="xl">
      <title>Log in · Latchkey</title>
      <Title order={1} mb="xs">
        Log in
      </Title>
      <Text c="dimmed" mb="lg">
        With the email and password you signed up with.
      </Text>
      <Paper withBorder p="lg">
        <form onSubmit={form.onSubmit((values) => login.mutate(values))} noValidate>
          <Stack>
            {login.error && (
              <ProblemNote problem={asProblem(login.error)}>
                Forgot it?{' '}
                <Anchor component={Link} to="/forgot-password">
                  Choose a new password
                </Anchor>
                . Anything else: <Anchor href={`mailto:${offer.support_email}`}>{offer.support_email}</Anchor>.
              </ProblemNote>
            )}
            <TextInput
              label="Email"
              type="email"
              autoComplete="username"
              key={form.key('email')}
              {...form.getInputProps('email')}
            />
            <PasswordInput
              label="Password"
              autoComplete="current-password"
              key={form.key('password')}
              {...form.getInputProps('password')}
            />
            <Group justify="space-between">
              <Anchor component={Link} to="/forgot-password">
                Forgot your password?
              </Anchor>
              <Button type="submit" loading={login.isPending}>
                Log in
              </Button>
            </Group>
          </Stack>
        </form>
      </Paper>
      <Text mt="lg">
        No account yet?{' '}
        <Anchor component={Link} to="/signup">
          Sign up
        </Anchor>
        .
      </Text>
    </Container>
  );
}
