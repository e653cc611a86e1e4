import type { Diagnosis } from '@latchkey/contracts';
import { Alert, Badge, Group, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from 'react-router';
import { ActButton } from './act-dialog';
import { ask } from './operator-api';
import { Panel } from './panel';
import { TenantBilling } from './tenant-billing';
import { TenantMails } from './tenant-mails';
import { TimelineView } from './timeline-view';
import type { Timeline } from './shapes';
import { WideTable } from './wide-table';
import { spoken } from './words';

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
  return (
    <Stack>
      <title>Customer · Console · Latchkey</title>
      <Title order={1} size="h2" style={{ overflowWrap: 'anywhere' }}>
        {tenantId}
      </Title>
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

const colours = { ok: 'green', failed: 'red', unknown: 'gray' } as const;

function Verdict({ diagnosis: { healthy, cause, status, checks, actions } }: { diagnosis: Diagnosis }) {
  return (
    <Stack>
      <Alert color={healthy ? 'green' : 'red'} variant="outline" title={healthy ? 'Nothing is wrong' : 'Needs a look'}>
        {cause} {status && <Text span>Status: {spoken(status)}.</Text>}
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
            <Table.Td>{evidence}</Table.Td>
          </Table.Tr>
        ))}
      </WideTable>
    </Stack>
  );
}
