import { Alert, Button, Container, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { hasLength, useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { answer, signup } from '../api/client';
import { asProblem } from '../api/problem';
import { ProblemNote } from '../feedback/problem-note';
import { endSession } from './session';

/**
 * Where the mailed link leads. The token stands behind the `#`: it goes nowhere by itself, and out of the address bar at
 * once, so that it is in no screenshot and no bookmark.
 */
export function ResetPasswordPage() {
  const [token] = useState(() => {
    const fragment = location.hash.slice(1);
    if (fragment !== '') history.replaceState(history.state, '', location.pathname);
    return fragment;
  });
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { password: '' },
    validate: { password: hasLength({ min: 8, max: 256 }, 'Please use 8 to 256 characters.') },
  });
  const change = useMutation({
    mutationFn: ({ password }: { password: string }) =>
      answer(signup.POST('/api/auth/reset-password', { body: { token, password } })),
    // The sessions of the old password are ended, this browser's too.
    onSuccess: endSession,
    onError: (error) => {
      const message = asProblem(error).forField('password');
      if (message !== undefined) form.setFieldError('password', message);
    },
  });
  const problem = change.error ? asProblem(change.error) : null;
  return (
    <Container size={460} py="xl">
      <title>New password · Latchkey</title>
      <Title order={1} mb="xs">
        Choose a new password
      </Title>
      {change.isSuccess ? (
        <Alert variant="outline" color="teal" title="Your password is changed" role="status">
          <Text size="sm" mb="md">
            Everybody who was logged in with the old one is logged out.
          </Text>
          <Button component={Link} to="/login">
            Log in with the new password
          </Button>
        </Alert>
      ) : token === '' || problem?.problem.code === 'reset_link_invalid' ? (
        <Alert variant="outline" color="red" title="This link does not work any more" role="alert">
          <Text size="sm" mb="md">
            A link works once and for 30 minutes, and only the newest one counts. Your password has not changed.
          </Text>
          <Button component={Link} to="/forgot-password">
            Mail me a new link
          </Button>
        </Alert>
      ) : (
        <>
          <Text c="dimmed" mb="lg">
            It counts at once, and everybody who is logged in now is logged out.
          </Text>
          <Paper withBorder p="lg">
            <form onSubmit={form.onSubmit((values) => change.mutate(values))} noValidate>
              <Stack>
                {problem && problem.forField('password') === undefined && <ProblemNote problem={problem} />}
                <PasswordInput
                  label="New password"
                  description="At least 8 characters, any you like. A few unrelated words are easy to remember and hard to guess."
                  autoComplete="new-password"
                  key={form.key('password')}
                  {...form.getInputProps('password')}
                />
                <Button type="submit" loading={change.isPending}>
                  Change my password
                </Button>
              </Stack>
            </form>
          </Paper>
        </>
      )}
    </Container>
  );
}
