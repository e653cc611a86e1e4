import type { BillingSubscription } from '@latchkey/contracts';
import { Alert, Badge, Group, Paper, Text, Title } from '@mantine/core';
import { offer, priceText } from '../../offer';
import { Facts } from '../facts';
import { dateText, moneyText, stateOf, statusText } from './billing-words';

/** What is paid for, until when, with which card, and what is charged next. */
export function PlanCard({ subscription }: { subscription: BillingSubscription }) {
  const { plan, status, price_cents_per_month: cents, next_invoice: next, card, stripe } = subscription;
  const { word, colour } = stateOf(subscription);
  return (
    <>
      {(status === 'past_due' || status === 'unpaid') && (
        <Alert color="red" variant="outline" title="A payment did not go through" role="alert">
          Update your card on the payment page below; then it is tried again by itself. Your documents are safe.
        </Alert>
      )}
      <Paper withBorder p="lg">
        <Group justify="space-between" align="flex-start">
          <div>
            <Text size="sm" c="dimmed">
              Your plan
            </Text>
            <Title order={2} size="h3">
              {offer.plans.find(({ name }) => name === plan)?.title ?? plan}
            </Title>
          </div>
          <Badge variant="outline" color={colour} c="inherit" size="lg" tt="none">
            {word}
          </Badge>
        </Group>
        <Text fz={28} fw={700} mt="xs">
          {priceText(cents)}{' '}
          <Text span size="md" fw={400} c="dimmed">
            per month
          </Text>
        </Text>
        <Text mt="xs" mb="md">
          {statusText(subscription)}
        </Text>
        <Facts
          facts={[
            ...(next
              ? [
                  {
                    label: 'Next charge',
                    value: `${moneyText(next.amount_cents, next.currency)}${next.due_at === null ? '' : ` on ${dateText(next.due_at)}`}`,
                  },
                ]
              : []),
            ...(card
              ? [
                  {
                    label: 'Card',
                    value: `${card.brand.charAt(0).toUpperCase()}${card.brand.slice(1)} ending in ${card.last4}, valid until ${card.exp_month}/${card.exp_year}`,
                  },
                ]
              : []),
          ]}
        />
        {stripe === 'unavailable' && (
          <Text size="sm" mt="sm" c="dimmed">
            Stripe does not answer right now, so card and next charge are missing here. The rest is from our own books.
          </Text>
        )}
      </Paper>
    </>
  );
}
