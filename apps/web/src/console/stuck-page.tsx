import { Alert, Anchor, Badge, Button, Group, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { ActButton } from './act-dialog';
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
    <WideTable label={title} head={['Customer', 'Stuck for', 'Welcome mail', 'What to do', 'Act']}>
      {customers.map(({ tenant_id, company, email, hours_stuck, welcome_mail, recommended_action, act }) => (
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
          <Table.Td>{stuckText(hours_stuck)}</Table.Td>
          <Table.Td>
            <Badge variant="outline" color={mailColours[welcome_mail] ?? 'gray'} c="inherit" tt="none">
              {spoken(welcome_mail)}
            </Badge>
          </Table.Td>
          <Table.Td>{recommended_action}</Table.Td>
          <Table.Td>
            <WhatToDo tenantId={tenant_id} email={email} act={act} />
          </Table.Td>
        </Table.Tr>
      ))}
    </WideTable>
  );
}

const mailColours: Record<string, string> = { opened: 'teal', delivered: 'teal', bounced: 'red', not_sent: 'red' };

/** The button for the advice beside it; a mail of one's own when nothing of ours is in the way. */
function WhatToDo({ tenantId, email, act }: { tenantId: string } & Pick<StuckCustomer, 'email' | 'act'>) {
  const page = `/console/tenants/${tenantId}`;
  return (
    <Group gap="xs" wrap="nowrap">
      {act === 'resend_welcome' && (
        <ActButton
          label="Send the welcome mail"
          what="The welcome mail is sent once more. It is refused while the last one is still on its way."
          service="notifier"
          path={`/api/notifier/tenants/${tenantId}/resend-welcome`}
        />
      )}
      {act === 'write' && email !== null && (
        <Button component="a" href={`mailto:${email}?subject=${encodeURIComponent(subject)}`} variant="default">
          Write to them
        </Button>
      )}
      {(act === 'look_closer' || (act === 'write' && email === null)) && (
        <Button component={Link} to={page} variant="default">
          Look closer
        </Button>
      )}
    </Group>
  );
}

const subject = 'Can we help you with Latchkey?';

function stuckText(hours: number): string {
  return hours < 48 ? `${Math.round(hours)} hours` : `${Math.round(hours / 24)} days`;
}
