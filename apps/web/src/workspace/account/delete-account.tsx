import { Button, Group, Modal, Paper, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { answer, signup } from '../../api/client';
import { asProblem } from '../../api/problem';
import { ProblemNote } from '../../feedback/problem-note';
import { leave } from '../../session/session';

const word = 'delete';

/** The end of the account, said twice: a typed word against a slip of the hand, the password against a stranger's. */
export function DeleteAccount() {
  const [open, { open: show, close }] = useDisclosure();
  const [typed, setTyped] = useState('');
  const [password, setPassword] = useState('');
  const erase = useMutation({
    mutationFn: () => answer(signup.POST('/api/tenant/delete', { body: { password } })),
    onSuccess: leave,
  });
  const keep = () => {
    close();
    // Whoever comes to this screen next finds neither the password nor the word.
    setTyped('');
    setPassword('');
    erase.reset();
  };
  return (
    <Paper withBorder p="md">
      <Title order={2} size="h4">
        Delete my account
      </Title>
      <Text my="sm">
        Documents, keys and everything about you are erased, and the subscription ends. This cannot be undone, not even
        by us.
      </Text>
      <Button color="red.9" onClick={show}>
        Delete my account
      </Button>
      <Modal opened={open} onClose={keep} title="Delete the account and everything in it?">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (typed.trim().toLowerCase() === word) erase.mutate();
          }}
        >
          <Stack>
            {erase.error && <ProblemNote problem={asProblem(erase.error)} />}
            <TextInput
              label={`Type “${word}” to confirm`}
              value={typed}
              onChange={(event) => setTyped(event.currentTarget.value)}
              autoComplete="off"
            />
            <PasswordInput
              label="Your password"
              autoComplete="current-password"
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
            <Group justify="flex-end">
              <Button variant="default" onClick={keep}>
                Keep my account
              </Button>
              <Button
                type="submit"
                color="red.9"
                loading={erase.isPending}
                disabled={typed.trim().toLowerCase() !== word || password === ''}
              >
                Delete everything
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </Paper>
  );
}
