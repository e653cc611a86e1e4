import { Anchor, Button, List, Paper, Stack, Text, Title } from '@mantine/core';
import type { Offer } from '@latchkey/contracts';
import { Link } from 'react-router';
import { offer, priceText } from '../offer';

type Plan = Offer['plans'][number];

const number = new Intl.NumberFormat('en-US');

export function PlanCard({ plan }: { plan: Plan }) {
  const enterprise = plan.name === 'enterprise';
  return (
    <Paper withBorder p="lg">
      <Stack h="100%" justify="space-between">
        <div>
          <Title order={3}>{plan.title}</Title>
          <Text fz={28} fw={700} mt="xs">
            {priceText(plan.price_cents_per_month)}{' '}
            <Text span size="md" fw={400} c="dimmed">
              per month
            </Text>
          </Text>
          <List mt="md" spacing={4}>
            <List.Item>{number.format(plan.documents_max)} documents</List.Item>
            <List.Item>{number.format(plan.queries_per_month_max)} questions a month</List.Item>
            <List.Item>{plan.api_keys_max} API keys</List.Item>
          </List>
        </div>
        {enterprise ? (
          <Stack gap="xs">
            <Button component="a" href={`mailto:${offer.sales_email}?subject=Latchkey%20Enterprise`} variant="default">
              Talk to us
            </Button>
            <Anchor component={Link} to="/signup?plan=enterprise" size="sm" ta="center">
              or start by card now
            </Anchor>
          </Stack>
        ) : (
          <Button component={Link} to={`/signup?plan=${plan.name}`}>
            Start with {plan.title}
          </Button>
        )}
      </Stack>
    </Paper>
  );
}
