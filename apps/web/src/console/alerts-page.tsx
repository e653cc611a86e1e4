import { Anchor, Badge, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { ActButton } from './act-dialog';
import { ask } from './operator-api';
import { Panel } from './panel';
import type { Alert, Ticket } from './shapes';
import { WideTable } from '../layout/wide-table';
import { spoken, timeText } from './words';

const colours: Record<Alert['severity'], string> = { urgent: 'red', warning: 'orange', info: 'gray' };
const limit = 100;

/** What a person must look at: open tickets, each about one customer, and every alert that was raised. */
export function AlertsPage() {
  const tickets = useQuery({
    queryKey: ['console', 'tickets'],
    queryFn: () => ask<{ tickets: Ticket[] }>('notifier', `/api/notifier/tickets?open=true&limit=${limit}`),
    refetchInterval: 10_000,
  });
  const alerts = useQuery({
    queryKey: ['console', 'alerts'],
    queryFn: () => ask<{ alerts: Alert[] }>('notifier', `/api/notifier/alerts?limit=${limit}`),
    refetchInterval: 10_000,
  });
  return (
    <Stack>
      <title>Alerts and tickets · Console · Latchkey</title>
      <Title order={1}>Alerts and tickets</Title>
      <Text>A ticket waits until somebody has looked after the customer and closes it. Alerts only tell.</Text>
      <Panel
        title="Open tickets"
        query={tickets}
        empty={({ tickets: list }) => (list.length === 0 ? 'Nobody waits for a person, which is good.' : null)}
      >
        {({ tickets: list }) => (
          <WideTable label="Tickets" head={['What', 'Customer', 'Since', 'Act']}>
            {list.map((ticket) => (
              <Table.Tr key={ticket.id}>
                <Table.Td>
                  <What {...ticket} />
                </Table.Td>
                <Table.Td>
                  <Customer id={ticket.tenant_id} />
                </Table.Td>
                <Table.Td>{timeText(ticket.opened_at)}</Table.Td>
                <Table.Td>
                  <ActButton
                    label="Close"
                    what="Somebody has looked after this customer. Say in a word what came of it."
                    service="notifier"
                    path={`/api/notifier/tickets/${ticket.id}/close`}
                  />
                </Table.Td>
              </Table.Tr>
            ))}
          </WideTable>
        )}
      </Panel>
      <Panel
        title="Alerts"
        query={alerts}
        empty={({ alerts: list }) => (list.length === 0 ? 'None was raised.' : null)}
      >
        {({ alerts: list }) => (
          <WideTable label="Alerts, the newest first" head={['What', 'Customer', 'Raised']}>
            {list.map((alert) => (
              <Table.Tr key={alert.id}>
                <Table.Td>
                  <What {...alert} />
                </Table.Td>
                <Table.Td>{alert.tenant_id === null ? 'everybody' : <Customer id={alert.tenant_id} />}</Table.Td>
                <Table.Td>{timeText(alert.opened_at)}</Table.Td>
              </Table.Tr>
            ))}
          </WideTable>
        )}
      </Panel>
    </Stack>
  );
}

function What({ kind, severity, text }: Pick<Alert, 'kind' | 'severity' | 'text'>) {
  return (
    <>
      <Badge variant="outline" color={colours[severity]} c="inherit" tt="none">
        {severity}
      </Badge>{' '}
      <Text span fw={600}>
        {spoken(kind)}
      </Text>
      <Text size="sm">{text}</Text>
    </>
  );
}

function Customer({ id }: { id: string }) {
  return (
    <Anchor component={Link} to={`/console/tenants/${id}`}>
      {id}
    </Anchor>
  );
}
