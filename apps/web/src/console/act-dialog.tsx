import type { Owner } from '@latchkey/contracts';
import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { asProblem } from '../api/problem';
import { ProblemNote } from '../feedback/problem-note';
import { useOperator } from './console-session';
import { act } from './operator-api';

export interface ActionToDo {
  label: string;
  what: string;
  service: Owner;
  path: string;
  body?: object;
}

/** A button that asks why before it does something, because the audit keeps the answer. Viewers do not get one. */
export function ActButton({ label, what, service, path, body = {} }: ActionToDo) {
  const { role } = useOperator();
  const [opened, { open, close }] = useDisclosure();
  const [reason, setReason] = useState('');
  const client = useQueryClient();
  const doing = useMutation({
    mutationFn: () => act(service, path, { ...body, reason: reason.trim() }),
    onSuccess: () => {
      close();
      setReason('');
    },
    // Also after a refusal: it says that things are not as this page shows them.
    onSettled: () => client.invalidateQueries({ queryKey: ['console'] }),
  });
  const leaveIt = () => {
    close();
    doing.reset();
  };
  if (role === 'viewer') return null;
  return (
    <>
      <Button variant="default" onClick={open}>
        {label}
      </Button>
      <Modal opened={opened} onClose={leaveIt} title={label}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            doing.mutate();
          }}
        >
          <Stack>
            <Text>{what}</Text>
            {doing.error && <ProblemNote problem={asProblem(doing.error)} />}
            <TextInput
              label="Why"
              description="Kept in the audit under your name. No names or addresses of customers, please."
              required
              minLength={3}
              maxLength={500}
              data-autofocus
              value={reason}
              onChange={(event) => setReason(event.currentTarget.value)}
            />
            <Group justify="flex-end">
              <Button variant="default" onClick={leaveIt}>
                Leave it
              </Button>
              <Button type="submit" loading={doing.isPending}>
                {label}
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  );
}
