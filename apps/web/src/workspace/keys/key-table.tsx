import type { ApiKeyResponse } from '@latchkey/contracts';
import { Badge, Button, Code, Group, Modal, Stack, Table, Text } from '@mantine/core';
import { useState } from 'react';
import type { z } from 'zod';
import { WideTable } from '../../layout/wide-table';
import type { useKeyActions } from './use-keys';

type Key = z.infer<typeof ApiKeyResponse>;
interface Props {
  keys: Key[];
  actions: ReturnType<typeof useKeyActions>;
}
type Plan = { what: 'rotate' | 'revoke'; key: Key } | null;

const stateWords = { unclaimed: 'Not shown yet', active: 'In use', revoked: 'Revoked' };

export function KeyTable({ keys, actions }: Props) {
  const [plan, setPlan] = useState<Plan>(null);
  return (
    <>
      <WideTable label="Keys" head={['For', 'Begins with', 'State', 'Last used', 'Act']}>
        {keys.map((key) => (
          <Table.Tr key={key.key_id}>
            <Table.Td style={{ overflowWrap: 'anywhere' }}>{key.name}</Table.Td>
            <Table.Td>{key.prefix === null ? '' : <Code>{key.prefix}…</Code>}</Table.Td>
            <Table.Td>
              <Badge tt="none" variant="default">
                {stateWords[key.state]}
              </Badge>
            </Table.Td>
            <Table.Td>{key.last_used_at === null ? 'Never' : new Date(key.last_used_at).toLocaleString()}</Table.Td>
            <Table.Td>
              <KeyButtons keyOf={key} actions={actions} onPlan={setPlan} />
            </Table.Td>
          </Table.Tr>
        ))}
      </WideTable>
      <Confirm plan={plan} actions={actions} onClose={() => setPlan(null)} />
    </>
  );
}

function KeyButtons({
  keyOf: key,
  actions,
  onPlan,
}: Pick<Props, 'actions'> & { keyOf: Key; onPlan: (plan: Plan) => void }) {
  if (key.state === 'revoked') return null;
  return (
    <Group gap="xs">
      {key.state === 'unclaimed' && (
        <Button
          size="compact-sm"
          loading={actions.reveal.isPending}
          onClick={() => actions.reveal.mutate(key.key_id)}
          aria-label={`Show it once: the key for ${key.name}`}
        >
          Show it once
        </Button>
      )}
      {key.state === 'active' && (
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => onPlan({ what: 'rotate', key })}
          aria-label={`Replace the key for ${key.name}`}
        >
          Replace
        </Button>
      )}
      <Button
        size="compact-sm"
        variant="default"
        onClick={() => onPlan({ what: 'revoke', key })}
        aria-label={`Revoke the key for ${key.name}`}
      >
        Revoke
      </Button>
    </Group>
  );
}

function Confirm({ plan, actions, onClose }: Pick<Props, 'actions'> & { plan: Plan; onClose: () => void }) {
  const rotate = plan?.what === 'rotate';
  const action = rotate ? actions.rotate : actions.revoke;
  const go = () => plan && action.mutate(plan.key.key_id, { onSettled: onClose });
  return (
    <Modal opened={plan !== null} onClose={onClose} title={rotate ? 'Replace this key?' : 'Revoke this key?'}>
      <Stack>
        <Text>
          {rotate
            ? 'The old key stops working at once, and the new one is shown once. Have your program at hand.'
            : 'Programs that use it are refused at once. This cannot be undone.'}
        </Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Leave it
          </Button>
          <Button color={rotate ? 'indigo' : 'red.9'} loading={action.isPending} onClick={go}>
            {rotate ? 'Replace' : 'Revoke'}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
