import { Alert, Anchor, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { ask } from './operator-api';
import { Panel } from './panel';
import type { StuckCustomer, StuckCustomers } from './shapes';
import { WideTable } from './wide-table';
import { spoken } from './words';

const lists = [
  ['stuck_after_payment', 'Paid, and never came'],
  ['stuck_after_login', 'Got an answer, and uploaded nothing'],
  ['stuck_in_wizard', 'Came, and did not finish'],
] as const;

/** Who needs a person now, the longest stuck first, with what to do about it. */
export function StuckPage() {
  const stuck = useQuery({
    queryKey: ['console', 'stuck'],
    queryFn: () => ask<StuckCustomers>('analytics', '/api/analytics/stuck-customers?limit=100'),
    refetchInterval: 15_000,
  });
  return (
    <Stack>
      <title>Stuck customers · Console · Latchkey</title>
      <Title order={1}>Stuck customers</Title>
      {stuck.data?.contacts_available === false && (
        <Alert color="yellow" variant="outline" title="Names are missing">
          The service that knows them does not answer right now. The list itself is complete.
        </Alert>
      )}
      {lists.map(([name, title]) => (
        <Panel
          key={name}
          title={`${title} (${stuck.data?.totals[name] ?? '…'})`}
          query={stuck}
          empty={(data) => (data[name].length === 0 ? 'Nobody, which is good.' : null)}
        >
          {(data) => <StuckList title={title} customers={data[name]} />}
        </Panel>
      ))}
    </Stack>
  );
}

function StuckList({ title, customers }: { title: string; customers: StuckCustomer[] }) {
  return (
    <WideTable label={title} head={['Customer', 'Stuck for', 'Welcome mail', 'What to do']}>
      {customers.map(({ tenant_id, company, email, hours_stuck, welcome_mail, recommended_action }) => (
        <Table.Tr key={tenant_id}>
          <Table.Td>
            <Anchor component={Link} to={`/console/tenants/${tenant_id}`}>
              {company ?? tenant_id}
            </Anchor>
            {email && (
              <Text size="sm">
                <Anchor href={`mailto:${email}`} size="sm">
                  {email}
                </Anchor>
              </Text>
            )}
          </Table.Td>
          <Table.Td>{hours_stuck} h</Table.Td>
          <Table.Td>{spoken(welcome_mail)}</Table.Td>
          <Table.Td>{recommended_action}</Table.Td>
        </Table.Tr>
      ))}
    </WideTable>
  );
}
