import { Alert, Button, EmptyState, Group, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { asProblem } from '../../api/problem';
import { ProblemNote } from '../../feedback/problem-note';
import { Example } from '../../guides/example';
import { Loaded, View } from '../view';
import { KeyTable } from './key-table';
import { useKeyActions, useKeys } from './use-keys';

export function KeysPage() {
  const keys = useKeys();
  const [shown, setShown] = useState<{ name: string; key: string } | null>(null);
  const [name, setName] = useState('');
  const actions = useKeyActions(setShown);
  const error = [actions.issue, actions.reveal, actions.rotate, actions.revoke].find((action) => action.error)?.error;
  return (
    <View title="API keys" about="For programs that ask in your name. A key is shown once; a lost one is replaced.">
      <Stack>
        {error && (
          <ProblemNote problem={asProblem(error)}>
            A key you no longer use can be revoked below, to make room.
          </ProblemNote>
        )}
        {shown && <ShownKey name={shown.name} secret={shown.key} onDone={() => setShown(null)} />}
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (name.trim() !== '') actions.issue.mutate(name.trim(), { onSuccess: () => setName('') });
          }}
        >
          <Group align="flex-end">
            <TextInput
              label="A new key for"
              placeholder="Our website"
              maxLength={80}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <Button type="submit" loading={actions.issue.isPending}>
              Make a key
            </Button>
          </Group>
        </form>
        <Loaded query={keys}>
          {({ api_keys: list }) =>
            list.length === 0 ? (
              <EmptyState title="No key yet" description="Name one above, and use it from your program." />
            ) : (
              <KeyTable keys={list} actions={actions} />
            )
          }
        </Loaded>
      </Stack>
    </View>
  );
}

function ShownKey({ name, secret: key, onDone }: { name: string; secret: string; onDone: () => void }) {
  return (
    <Alert color="teal" variant="outline" title={`The key for ${name}: copy it now`} role="status">
      <Text size="sm">It is not shown again. Keep it like a password.</Text>
      <Example text={key} />
      <Text size="sm">Try it:</Text>
      <Example
        text={`curl ${location.origin}/v1/query -H "Authorization: Bearer ${key}" -H "content-type: application/json" -d '{"query":"What is RAG?"}'`}
      />
      <Button mt="xs" variant="default" onClick={onDone}>
        I have kept it
      </Button>
    </Alert>
  );
}
