import { Anchor, Button, Group, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { answer, billing } from '../../api/client';
import { asProblem } from '../../api/problem';
import { ProblemNote } from '../../feedback/problem-note';
import { offer } from '../../offer';
import { Loaded, View } from '../view';
import { InvoiceTable } from './invoice-table';
import { OtherPlans } from './other-plans';
import { PlanCard } from './plan-card';

/** What was changed on Stripe's page comes by webhook, mostly within a second of coming back: looked for some times, not for ever. */
const lookAgainMs = 3_000;
const looksMax = 5;

export function BillingPage() {
  const subscription = useQuery({
    queryKey: ['billing', 'subscription'],
    queryFn: () => answer(billing.GET('/api/billing/subscription')),
    refetchInterval: ({ state }) =>
      (state.error ? asProblem(state.error).passing : state.dataUpdateCount < looksMax) ? lookAgainMs : false,
  });
  const portal = useMutation({
    mutationFn: () => answer(billing.POST('/api/billing/portal')),
    onSuccess: ({ url }) => location.assign(url),
  });
  return (
    <View title="Billing" about="Your plan, what it costs, and your invoices.">
      <Stack gap="xl">
        <Loaded query={subscription}>{(data) => <PlanCard subscription={data} />}</Loaded>
        {portal.error && (
          <ProblemNote problem={asProblem(portal.error)}>
            We can do it for you meanwhile:{' '}
            <Anchor href={`mailto:${offer.support_email}`}>{offer.support_email}</Anchor>.
          </ProblemNote>
        )}
        <Group gap="sm">
          <Button variant="default" onClick={() => portal.mutate()} loading={portal.isPending}>
            Change card, or cancel
          </Button>
          <Text size="sm" c="dimmed">
            On our payment partner’s page; from there you come back here.
          </Text>
        </Group>
        {subscription.data && subscription.data.ended_at === null && (
          <OtherPlans current={subscription.data.plan} change={() => portal.mutate()} pending={portal.isPending} />
        )}
        <section aria-labelledby="invoices">
          <Title order={2} size="h3" id="invoices" mb="sm">
            Invoices
          </Title>
          <InvoiceTable />
        </section>
      </Stack>
    </View>
  );
}
