import { Alert, Anchor, Badge, Button, Group, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { ActButton } from './act-dialog';
import { ask } from './operator-api';
import { Panel } from './panel';
import type { StuckCustomer, StuckCustomers } from './shapes';
import { WideTable } from '../layout/wide-table';
import { spoken } from './words';

const lists = [
  { name: 'stuck_after_payment', title: 'Paid, and never came' },
  { name: 'stuck_after_login', title: 'Got an answer, and uploaded nothing' },
  { name: 'stuck_in_wizard', title: 'Came, and did not get that far' },
] as const;

/** Of each list: nobody works through more in a day. */
const shownMax = 200;

/**
 * Each customer once, under the most telling head: whoever is on one of the first two lists has not finished the setup
 * either, and is on the third as well.
 */
function eachOnce(
  stuck: StuckCustomers,
): Record<(typeof lists)[number]['name'], { customers: StuckCustomer[]; total: number }> {
  const { stuck_after_payment, stuck_after_login, stuck_in_wizard, totals } = stuck;
  const told = new Set([...stuck_after_payment, ...stuck_after_login].map(({ tenant_id }) => tenant_id));
  const total = (name: string) => totals[name] ?? 0;
  return {
    stuck_after_payment: { customers: stuck_after_payment, total: total('stuck_after_payment') },
    stuck_after_login: { customers: stuck_after_login, total: total('stuck_after_login') },
    stuck_in_wizard: {
      customers: stuck_in_wizard.filter(({ tenant_id }) => !told.has(tenant_id)),
      total: Math.max(0, total('stuck_in_wizard') - total('stuck_after_payment') - total('stuck_after_login')),
    },
  };
}

/** Who needs a person now, the longest stuck first, with what to do about it. */
export function StuckPage() {
  const stuck = useQuery({
    queryKey: ['console', 'stuck'],
    queryFn: () => ask<StuckCustomers>('analytics', `/api/analytics/stuck-customers?limit=${shownMax}`),
    select: (data) => ({ ...eachOnce(data), contacts_available: data.contacts_available }),
    refetchInterval: 60_000,
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
      {lists.map(({ name, title }) => (
        <Panel
          key={name}
          title={`${title} (${stuck.data?.[name].total ?? '…'})`}
          query={stuck}
          empty={(data) => (data[name].total === 0 ? 'Nobody, which is good.' : null)}
        >
          {(data) => <StuckList title={title} {...data[name]} />}
        </Panel>
      ))}
    </Stack>
  );
}

function StuckList({ title, customers, total }: { title: string; customers: StuckCustomer[]; total: number }) {
  return (
    <>
      <WideTable label={title} head={['Customer', 'Plan', 'Stuck for', 'Welcome mail', 'What to do', 'Act']}>
        {customers.map(({ tenant_id, company, email, plan, hours_stuck, welcome_mail, recommended_action, act }) => (
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
            <Table.Td>{plan === null ? '–' : spoken(plan)}</Table.Td>
            <Table.Td style={{ whiteSpace: 'nowrap' }}>{stuckText(hours_stuck)}</Table.Td>
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
      {customers.length < total && (
        <Text c="dimmed" mt="sm">
          The {customers.length} longest stuck of {total}.
        </Text>
      )}
    </>
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
  if (hours < 1) return 'under an hour';
  return hours < 48 ? `${Math.round(hours)} hours` : `${Math.round(hours / 24)} days`;
}
