import { Anchor, Badge, Stack, Table, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { ask } from './operator-api';
import { Panel } from './panel';
import type { Run } from './shapes';
import { WideTable } from '../layout/wide-table';
import { spoken, timeText } from './words';

const over = new Set(['done', 'removed', 'failed']);

/** What is being built at this moment, and what was last. */
export function RunsPage() {
  const runs = useQuery({
    queryKey: ['console', 'runs'],
    queryFn: () => ask<{ runs: Run[] }>('provisioner', '/api/provisioner/runs?limit=100'),
    refetchInterval: 1_000,
  });
  return (
    <Stack>
      <title>Provisioning · Console · Latchkey</title>
      <Title order={1}>Provisioning</Title>
      <Panel
        title="At work"
        query={runs}
        empty={(data) => (data.runs.every(({ state }) => over.has(state)) ? 'Nothing is being built right now.' : null)}
      >
        {(data) => <RunTable label="At work" runs={data.runs.filter(({ state }) => !over.has(state))} />}
      </Panel>
      <Panel
        title="Finished"
        query={runs}
        empty={(data) => (data.runs.some(({ state }) => over.has(state)) ? null : 'Nothing was built yet.')}
      >
        {(data) => <RunTable label="Finished" runs={data.runs.filter(({ state }) => over.has(state))} />}
      </Panel>
    </Stack>
  );
}

function RunTable({ label, runs }: { label: string; runs: Run[] }) {
  return (
    <WideTable label={label} head={['Customer', 'State', 'Began', 'Tries failed', 'Why']}>
      {runs.map((run) => (
        <Table.Tr key={run.run_id}>
          <Table.Td>
            <Anchor component={Link} to={`/console/tenants/${run.tenant_id}`}>
              {run.tenant_id}
            </Anchor>
          </Table.Td>
          <Table.Td>
            <Badge variant="outline" c="inherit" color={run.state === 'failed' ? 'red' : 'gray'}>
              {run.state}
            </Badge>
          </Table.Td>
          <Table.Td>{timeText(run.cleared_at)}</Table.Td>
          <Table.Td>{run.failures}</Table.Td>
          <Table.Td>{whyOf(run)}</Table.Td>
        </Table.Tr>
      ))}
    </WideTable>
  );
}

function whyOf({ failed_step: step, failure_reason: reason, waits_for: waitsFor, warm }: Run): string {
  if (reason) return `${step ? `${spoken(step)}: ` : ''}${spoken(reason)}`;
  if (waitsFor) return `Waits for: ${spoken(waitsFor)}`;
  return warm ? 'From the warm pool' : 'Built anew';
}
