import { Anchor, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams, useSearchParams } from 'react-router';
import { ask } from './operator-api';
import { Panel } from './panel';
import type { StageTenants } from './shapes';
import { WideTable } from '../layout/wide-table';
import { spoken, timeText } from './words';

/** The customers behind one number of the funnel. */
export function StagePage() {
  const { stage = '', which } = useParams();
  const [search] = useSearchParams();
  const dropped = which === 'dropped';
  const query = new URLSearchParams({ days: search.get('days') ?? '30', dropped: String(dropped), limit: '200' });
  const tenants = useQuery({
    queryKey: ['console', 'stage', stage, query.toString()],
    queryFn: () =>
      ask<StageTenants>('analytics', `/api/analytics/activation-funnel/${encodeURIComponent(stage)}/tenants?${query}`),
  });
  const title = dropped ? `Stopped before: ${spoken(stage)}` : `Reached: ${spoken(stage)}`;
  return (
    <Stack>
      <title>{`${title} · Console · Latchkey`}</title>
      <Anchor component={Link} to="/console">
        Back to the funnel
      </Anchor>
      <Title order={1}>{title}</Title>
      <Panel title="Customers" query={tenants} empty={({ total }) => (total === 0 ? 'There is nobody here.' : null)}>
        {({ tenants: rows, total }) => (
          <>
            <WideTable label="Customers" head={['Customer', dropped ? 'Step before reached' : 'Reached']}>
              {rows.map(({ tenant_id, reached_at }) => (
                <Table.Tr key={tenant_id}>
                  <Table.Td>
                    <Anchor component={Link} to={`/console/tenants/${tenant_id}`}>
                      {tenant_id}
                    </Anchor>
                  </Table.Td>
                  <Table.Td>{timeText(reached_at)}</Table.Td>
                </Table.Tr>
              ))}
            </WideTable>
            {rows.length < total && (
              <Text size="sm" c="dimmed">
                The first {rows.length} of {total}.
              </Text>
            )}
          </>
        )}
      </Panel>
    </Stack>
  );
}
