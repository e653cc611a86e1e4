import { Alert, Anchor, Button, Container, Group, List, Paper, Stack, Text, TextInput, Title } from '@mantine/core';
import { isEmail, useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';
import { Link } from 'react-router';
import { answer, signup } from '../api/client';
import { asProblem } from '../api/problem';
import { ProblemNote } from '../feedback/problem-note';
import { offer } from '../offer';
import { recall, remember } from '../signup/remembered';

/** Asks for a link. The answer is the same for every address; this page says no more than the service does. */
export function ForgotPasswordPage() {
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { email: recall('email') ?? '' },
    validate: { email: isEmail('Please give your email address.') },
  });
  const ask = useMutation({
    mutationFn: (body: { email: string }) => answer(signup.POST('/api/auth/forgot-password', { body })),
    onSuccess: (_asked, { email }) => remember('email', email),
  });
  return (
    <Container size={460} py="xl">
      <title>Forgotten password · Latchkey</title>
      <Title order={1} mb="xs">
        Forgotten password
      </Title>
      <Text c="dimmed" mb="lg">
        Tell us the address you signed up with. We mail you a link; with it you choose a new password.
      </Text>
      {ask.data ? (
        <Alert variant="outline" color="teal" title="Look into your mailbox" role="status">
          <Text size="sm" mb="sm">
            {ask.data.message}
          </Text>
          <List size="sm" spacing="xs" mb="md">
            <List.Item>Nothing after a minute? Look into the spam folder.</List.Item>
            <List.Item>
              Signed up with another address?{' '}
              <Button size="compact-sm" variant="default" onClick={() => ask.reset()} children="Try that one" />
            </List.Item>
            <List.Item>
              Still nothing? Write to <Anchor href={`mailto:${offer.support_email}`}>{offer.support_email}</Anchor>.
            </List.Item>
          </List>
          <Button component={Link} to="/login" variant="default">
            Back to the log-in
          </Button>
        </Alert>
      ) : (
        <Paper withBorder p="lg">
          <form onSubmit={form.onSubmit((values) => ask.mutate(values))} noValidate>
            <Stack>
              {ask.error && <ProblemNote problem={asProblem(ask.error)} />}
              <TextInput
                label="Email"
                type="email"
                autoComplete="username"
                key={form.key('email')}
                {...form.getInputProps('email')}
              />
              <Group justify="space-between">
                <Anchor component={Link} to="/login">
                  Back to the log-in
                </Anchor>
                <Button type="submit" loading={ask.isPending}>
                  Mail me a link
                </Button>
              </Group>
            </Stack>
          </form>
        </Paper>
      )}
    </Container>
  );
}
