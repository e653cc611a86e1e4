import { Button, List, Paper, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { offer, priceText } from '../../offer';

const number = new Intl.NumberFormat('en-US');

/** The plans one could have instead, with what each would change. Chosen on Stripe's own page, which knows the proration. */
export function OtherPlans({ current, change, pending }: { current: string; change: () => void; pending: boolean }) {
  const cents = offer.plans.find(({ name }) => name === current)?.price_cents_per_month ?? 0;
  return (
    <section aria-labelledby="other-plans">
      <Title order={2} size="h3" id="other-plans">
        Change your plan
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        It counts at once and nothing is interrupted. During the trial it costs nothing; later only the difference for
        the rest of the month goes onto the next invoice.
      </Text>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        {offer.plans
          .filter(({ name }) => name !== current)
          .map((plan) => (
            <Paper withBorder p="md" key={plan.name}>
              <Stack gap="xs" h="100%" justify="space-between">
                <div>
                  <Title order={3} size="h4">
                    {plan.title}, {priceText(plan.price_cents_per_month)} per month
                  </Title>
                  <List size="sm" mt="xs">
                    <List.Item>{number.format(plan.documents_max)} documents</List.Item>
                    <List.Item>{number.format(plan.queries_per_month_max)} questions a month</List.Item>
                    <List.Item>{plan.api_keys_max} API keys</List.Item>
                  </List>
                </div>
                <Button
                  variant={plan.price_cents_per_month > cents ? 'filled' : 'default'}
                  onClick={change}
                  loading={pending}
                >
                  {plan.price_cents_per_month > cents ? 'Upgrade' : 'Go down'} to {plan.title}
                </Button>
              </Stack>
            </Paper>
          ))}
      </SimpleGrid>
    </section>
  );
}
