import '@mantine/charts/styles.css';
import { BarChart } from '@mantine/charts';
import { Anchor, Box, Group, NativeSelect, Paper, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { ask } from './operator-api';
import { Panel } from './panel';
import type { Funnel } from './shapes';
import { WideTable } from '../layout/wide-table';
import { percentText, spoken } from './words';

/** Where strangers become customers, and where they do not. Every number leads to the people behind it. */
export function FunnelPage() {
  const [days, setDays] = useState('30');
  const funnel = useQuery({
    queryKey: ['console', 'funnel', days],
    queryFn: () => ask<Funnel>('analytics', `/api/analytics/activation-funnel?days=${days}`),
    refetchInterval: 10_000,
  });
  return (
    <Stack>
      <title>Funnel · Console · Latchkey</title>
      <Group justify="space-between" align="end">
        <Title order={1}>Activation funnel</Title>
        <NativeSelect
          label="Signed up in the last"
          value={days}
          onChange={(event) => setDays(event.currentTarget.value)}
          data={['1', '7', '30', '90', '365'].map((value) => ({
            value,
            label: value === '1' ? 'day' : `${value} days`,
          }))}
        />
      </Group>
      <Panel title="In short" query={funnel}>
        {(data) => <InShort funnel={data} />}
      </Panel>
      <Panel title="Steps" query={funnel} empty={({ total_signups: n }) => (n === 0 ? 'Nobody signed up yet.' : null)}>
        {(data) => <Steps funnel={data} days={days} />}
      </Panel>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Panel
          title="Time from signup to activation"
          query={funnel}
          empty={({ completed_activation: n }) => (n === 0 ? 'Nobody is activated yet.' : null)}
        >
          {({ time_to_activate: { histogram } }) => (
            <Bars
              label={histogram.map(({ bucket, count }) => `${bucket}: ${count}`).join(', ')}
              rows={histogram.map(({ bucket, count }) => ({ name: bucket, tenants: count }))}
            />
          )}
        </Panel>
        <Panel
          title="Provisioning failures by reason"
          query={funnel}
          empty={({ provisioning_failures_by_reason: reasons }) =>
            Object.keys(reasons).length === 0 ? 'No provisioning was given up.' : null
          }
        >
          {({ provisioning_failures_by_reason: reasons }) => <Reasons reasons={reasons} />}
        </Panel>
      </SimpleGrid>
    </Stack>
  );
}

function InShort({ funnel }: { funnel: Funnel }) {
  const { time_to_activate: activate, time_to_provision: provision } = funnel;
  const facts: [string, string][] = [
    ['Signed up', String(funnel.total_signups)],
    ['Activated', `${funnel.completed_activation} (${percentText(funnel.activation_rate)})`],
    ['Median to activation', activate.median_minutes === null ? '–' : `${activate.median_minutes} min`],
    ['Median to a workspace', provision.median_seconds === null ? '–' : `${provision.median_seconds} s`],
    ['Provisioning given up', percentText(funnel.provisioning_failure_rate)],
    ['First question failed', percentText(funnel.first_query_failure_rate)],
  ];
  return (
    <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }}>
      {facts.map(([name, value]) => (
        <Paper key={name}>
          <Text size="sm" c="dimmed">
            {name}
          </Text>
          <Text fw={650}>{value}</Text>
        </Paper>
      ))}
    </SimpleGrid>
  );
}

function Steps({ funnel, days }: { funnel: Funnel; days: string }) {
  const rows = funnel.steps.map(({ stage, reached }) => ({ name: spoken(stage), tenants: reached }));
  return (
    <>
      <Bars label={rows.map(({ name, tenants }) => `${name}: ${tenants}`).join(', ')} rows={rows} sideways />
      <WideTable label="Steps" head={['Step', 'Reached', 'Dropped off here', 'What it means']}>
        {funnel.steps.map(({ stage, text, reached, dropped, drop_off_rate: rate }) => (
          <Table.Tr key={stage}>
            <Table.Th scope="row">{spoken(stage)}</Table.Th>
            <Table.Td>
              <Anchor component={Link} to={`/console/stages/${stage}/reached?days=${days}`}>
                {reached}
              </Anchor>
            </Table.Td>
            <Table.Td>
              <Anchor component={Link} to={`/console/stages/${stage}/dropped?days=${days}`}>
                {dropped} ({percentText(rate)})
              </Anchor>
            </Table.Td>
            <Table.Td>{text}</Table.Td>
          </Table.Tr>
        ))}
      </WideTable>
    </>
  );
}

function Reasons({ reasons }: { reasons: Record<string, number> }) {
  const rows = Object.entries(reasons).map(([name, tenants]) => ({ name: spoken(name), tenants }));
  return <Bars label={rows.map(({ name, tenants }) => `${name}: ${tenants}`).join(', ')} rows={rows} sideways />;
}

interface BarsProps {
  /** What the picture says, for whoever does not see it. */
  label: string;
  rows: { name: string; tenants: number }[];
  sideways?: boolean;
}

function Bars({ label, rows, sideways = false }: BarsProps) {
  return (
    <Box role="img" aria-label={label} mb="md">
      <BarChart
        h={sideways ? 40 + rows.length * 32 : 220}
        data={rows}
        dataKey="name"
        orientation={sideways ? 'vertical' : 'horizontal'}
        series={[{ name: 'tenants', label: 'Customers', color: 'indigo.6' }]}
        {...(sideways ? { yAxisProps: { width: 150 }, gridAxis: 'none' as const } : {})}
        barChartProps={{ accessibilityLayer: false }}
      />
    </Box>
  );
}
