import type { Diagnosis } from '@latchkey/contracts';
import { Alert, Anchor, Badge, Group, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from 'react-router';
import { asProblem } from '../api/problem';
import { ActButton } from './act-dialog';
import { ask } from './operator-api';
import { Panel } from './panel';
import { TenantBilling } from './tenant-billing';
import { TenantMails } from './tenant-mails';
import { TimelineView } from './timeline-view';
import type { Contact, Timeline } from './shapes';
import { WideTable } from '../layout/wide-table';
import { spoken, withTimes } from './words';

/** One customer: what is wrong and why, what can safely be done, and everything that happened. */
export function TenantPage() {
  const { tenantId = '' } = useParams();
  const path = `/api/analytics/tenants/${encodeURIComponent(tenantId)}`;
  const diagnosis = useQuery({
    queryKey: ['console', 'tenant', tenantId, 'diagnosis'],
    queryFn: () => ask<Diagnosis>('analytics', `${path}/diagnosis`),
    refetchInterval: 5_000,
  });
  const timeline = useQuery({
    queryKey: ['console', 'tenant', tenantId, 'timeline'],
    queryFn: () => ask<Timeline>('analytics', `${path}/timeline?limit=500`),
    refetchInterval: 5_000,
  });
  if (diagnosis.error && asProblem(diagnosis.error).problem.code === 'unknown_tenant') return <NoSuchCustomer />;
  return (
    <Stack>
      <title>Customer · Console · Latchkey</title>
      <Who tenantId={tenantId} path={path} />
      <Panel title="What is the matter" query={diagnosis}>
        {(data) => <Verdict diagnosis={data} />}
      </Panel>
      <TenantMails tenantId={tenantId} />
      <TenantBilling tenantId={tenantId} />
      <Panel
        title="What happened"
        query={timeline}
        empty={({ events }) => (events.length === 0 ? 'Nothing was heard of this customer yet.' : null)}
      >
        {(data) => <TimelineView timeline={data} />}
      </Panel>
    </Stack>
  );
}

/** The person and the company, from signup at this moment; the id alone while it does not answer, and of who was erased. */
function Who({ tenantId, path }: { tenantId: string; path: string }) {
  const contact = useQuery({
    queryKey: ['console', 'tenant', tenantId, 'contact'],
    queryFn: () => ask<Contact>('analytics', `${path}/contact`),
  });
  const { company, email } = contact.data ?? { company: null, email: null };
  return (
    <div>
      <Title order={1} size="h2" style={{ overflowWrap: 'anywhere' }}>
        {company ?? tenantId}
      </Title>
      {company !== null && <Text style={{ overflowWrap: 'anywhere' }}>{tenantId}</Text>}
      {email !== null && <Anchor href={`mailto:${email}`}>{email}</Anchor>}
    </div>
  );
}

function NoSuchCustomer() {
  return (
    <Stack>
      <title>Customer · Console · Latchkey</title>
      <Title order={1}>No such customer</Title>
      <Text>
        Nobody ever signed up under this id.{' '}
        <Anchor component={Link} to="/console/find">
          Find a customer
        </Anchor>{' '}
        by their address.
      </Text>
    </Stack>
  );
}

const colours = { ok: 'green', failed: 'red', unknown: 'gray' } as const;

function Verdict({ diagnosis: { healthy, cause, status, checks, actions } }: { diagnosis: Diagnosis }) {
  return (
    <Stack>
      <Alert color={healthy ? 'green' : 'red'} variant="outline" title={healthy ? 'Nothing is wrong' : 'Needs a look'}>
        {withTimes(cause)} {status && `Status: ${spoken(status)}.`}
      </Alert>
      {actions.length > 0 && (
        <Group>
          {actions.map(({ name, service, path, body, what }) => (
            <ActButton
              key={`${name}:${service}`}
              label={spoken(name)}
              what={what}
              service={service}
              path={path}
              body={body}
            />
          ))}
        </Group>
      )}
      <WideTable label="Checks" head={['Check', 'State', 'Evidence']}>
        {checks.map(({ name, title, state, evidence }) => (
          <Table.Tr key={name}>
            <Table.Th scope="row">{title}</Table.Th>
            <Table.Td>
              <Badge variant="outline" color={colours[state]} c="inherit">
                {state}
              </Badge>
            </Table.Td>
            <Table.Td>{withTimes(evidence)}</Table.Td>
          </Table.Tr>
        ))}
      </WideTable>
    </Stack>
  );
}
