import { Alert, Anchor, Button, Paper, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { answer, billing } from '../../api/client';
import { asProblem } from '../../api/problem';
import { ProblemNote } from '../../feedback/problem-note';
import { offer } from '../../offer';
import { Facts } from '../facts';
import { Loaded, View } from '../view';
import { dateText, moneyText, statusText } from './billing-words';
import { InvoiceTable } from './invoice-table';

export function BillingPage() {
  const subscription = useQuery({
    queryKey: ['billing', 'subscription'],
    queryFn: () => answer(billing.GET('/api/billing/subscription')),
  });
  const portal = useMutation({
    mutationFn: () => answer(billing.POST('/api/billing/portal')),
    onSuccess: ({ url }) => location.assign(url),
  });
  return (
    <View title="Billing" about="Your plan, what it costs, and your invoices.">
      <Stack>
        <Loaded query={subscription}>
          {(data) => (
            <>
              {(data.status === 'past_due' || data.status === 'unpaid') && (
                <Alert color="red" variant="outline" title="A payment did not go through" role="alert">
                  Update your card on the payment page below; then it is tried again by itself. Your documents are safe.
                </Alert>
              )}
              <Paper withBorder p="md">
                <Facts
                  facts={[
                    {
                      label: 'Plan',
                      value: `${offer.plans.find(({ name }) => name === data.plan)?.title ?? data.plan}, ${moneyText(data.price_cents_per_month, 'usd')} per month`,
                    },
                    { label: 'State', value: statusText(data) },
                    ...(data.next_invoice
                      ? [
                          {
                            label: 'Next charge',
                            value: `${moneyText(data.next_invoice.amount_cents, data.next_invoice.currency)}${data.next_invoice.due_at === null ? '' : ` on ${dateText(data.next_invoice.due_at)}`}`,
                          },
                        ]
                      : []),
                    ...(data.card
                      ? [
                          {
                            label: 'Card',
                            value: `${data.card.brand} ending in ${data.card.last4}, until ${data.card.exp_month}/${data.card.exp_year}`,
                          },
                        ]
                      : []),
                  ]}
                />
                {data.stripe === 'unavailable' && (
                  <Text size="sm" mt="sm" c="dimmed">
                    Stripe does not answer right now, so card and next charge are missing here. The rest is from our own
                    books.
                  </Text>
                )}
              </Paper>
            </>
          )}
        </Loaded>
        {portal.error && (
          <ProblemNote problem={asProblem(portal.error)}>
            We can do it for you meanwhile:{' '}
            <Anchor href={`mailto:${offer.support_email}`}>{offer.support_email}</Anchor>.
          </ProblemNote>
        )}
        <div>
          <Button onClick={() => portal.mutate()} loading={portal.isPending}>
            Change plan or card, or cancel
          </Button>
          <Text size="sm" c="dimmed" mt={4}>
            On our payment partner’s page; from there you come back here.
          </Text>
        </div>
        <Title order={2} size="h3">
          Invoices
        </Title>
        <InvoiceTable />
      </Stack>
    </View>
  );
}
