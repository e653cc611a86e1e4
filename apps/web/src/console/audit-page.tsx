import type { Owner } from '@latchkey/contracts';
import { Anchor, NativeSelect, Stack, Table, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { ask, services } from './operator-api';
import { Panel } from './panel';
import type { Act } from './shapes';
import { WideTable } from '../layout/wide-table';
import { spoken, timeText } from './words';

/** Who did what, and why. Each service keeps its own audit, in the very commit of the act. */
export function AuditPage() {
  const [service, setService] = useState<Owner>('signup');
  const acts = useQuery({
    queryKey: ['console', 'audit', service],
    queryFn: () => ask<{ acts: Act[] }>(service, '/api/operator/audit?limit=200'),
  });
  return (
    <Stack>
      <title>Audit · Console · Latchkey</title>
      <Title order={1}>Audit</Title>
      <NativeSelect
        label="Acts in"
        description="Log-ins to this console are in signup."
        value={service}
        onChange={(event) => setService(event.currentTarget.value as Owner)}
        data={[...services]}
        maw={300}
      />
      <Panel
        title="Acts"
        query={acts}
        empty={(data) => (data.acts.length === 0 ? 'Nobody did anything here yet.' : null)}
      >
        {(data) => (
          <WideTable label="Acts" head={['When', 'Who', 'What', 'On', 'Why', 'Outcome']}>
            {data.acts.map((act) => (
              <Table.Tr key={act.id}>
                <Table.Td>{timeText(act.at)}</Table.Td>
                <Table.Td>{act.operator}</Table.Td>
                <Table.Td>{spoken(act.action)}</Table.Td>
                <Table.Td>
                  {act.tenant_id ? (
                    <Anchor component={Link} to={`/console/tenants/${act.tenant_id}`}>
                      {act.tenant_id}
                    </Anchor>
                  ) : (
                    act.target
                  )}
                </Table.Td>
                <Table.Td>{act.reason}</Table.Td>
                <Table.Td>{act.outcome}</Table.Td>
              </Table.Tr>
            ))}
          </WideTable>
        )}
      </Panel>
    </Stack>
  );
}
