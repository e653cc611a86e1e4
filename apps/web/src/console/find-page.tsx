import { Anchor, Button, Group, List, Paper, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { asProblem } from '../api/problem';
import { ProblemNote } from '../feedback/problem-note';
import { useOperator } from './console-session';
import { act } from './operator-api';

interface Found {
  tenants: { tenant_id: string; status: string }[];
}

/** From an address or an id to the customer's page. The address is neither kept nor logged. */
export function FindPage() {
  const { role } = useOperator();
  const navigate = useNavigate();
  const [typed, setTyped] = useState('');
  const find = useMutation({
    mutationFn: async (email: string) => (await act('analytics', '/api/analytics/tenants/find', { email })) as Found,
  });
  const go = () => {
    const wanted = typed.trim();
    if (wanted.includes('@')) find.mutate(wanted);
    else if (wanted) void navigate(`/console/tenants/${encodeURIComponent(wanted)}`);
  };
  return (
    <Stack>
      <title>Find a customer · Console · Latchkey</title>
      <Title order={1}>Find a customer</Title>
      <Paper
        component="form"
        onSubmit={(event) => {
          event.preventDefault();
          go();
        }}
      >
        <Group align="end">
          <TextInput
            label={role === 'viewer' ? 'Customer’s id' : 'Email address or customer’s id'}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            w={360}
            maw="100%"
          />
          <Button type="submit" loading={find.isPending}>
            Find
          </Button>
        </Group>
      </Paper>
      {find.error && <ProblemNote problem={asProblem(find.error)} />}
      {find.data?.tenants.length === 0 && <Text role="status">Nobody signed up with this address.</Text>}
      {find.data && (
        <List>
          {find.data.tenants.map(({ tenant_id, status }) => (
            <List.Item key={tenant_id}>
              <Anchor component={Link} to={`/console/tenants/${tenant_id}`}>
                {tenant_id}
              </Anchor>{' '}
              ({status})
            </List.Item>
          ))}
        </List>
      )}
    </Stack>
  );
}
