import { Anchor, Badge, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { offer } from '../offer';
import { ask } from './operator-api';
import { Panel } from './panel';
import type { TenantBilling as Billing } from './shapes';
import { WideTable } from '../layout/wide-table';
import { moneyText, spoken, timeText } from './words';

/** What billing's own books say of this customer. Never a payment link: whoever holds one could pay as the tenant. */
export function TenantBilling({ tenantId }: { tenantId: string }) {
  const billing = useQuery({
    queryKey: ['console', 'tenant', tenantId, 'billing'],
    queryFn: () => ask<Billing>('billing-webhooks', `/api/billing/tenants/${encodeURIComponent(tenantId)}`),
    refetchInterval: 10_000,
  });
  return (
    <Panel title="Billing" query={billing}>
      {(data) => (
        <Stack>
          <Text>
            Stripe customer:{' '}
            {data.stripe_customer_id === null ? 'none yet' : <StripeLink id={data.stripe_customer_id} />}
            {data.erased_at !== null && `, erased ${timeText(data.erased_at)}`}
          </Text>
          <Part title="Subscriptions" head={['Subscription', 'Plan', 'State', 'Trial until']} rows={data.subscriptions}>
            {(one) => (
              <Table.Tr key={one.subscription_id}>
                <Table.Td>
                  <StripeLink id={one.subscription_id} />
                </Table.Td>
                <Table.Td>{spoken(one.plan)}</Table.Td>
                <Table.Td>
                  <State
                    word={one.ended_at === null ? one.status : `ended: ${spoken(one.end_reason ?? 'unknown')}`}
                    good={one.ended_at === null}
                  />
                  {one.end_wanted !== null && one.ended_at === null && (
                    <Text size="sm">Is being ended: {spoken(one.end_wanted)}</Text>
                  )}
                </Table.Td>
                <Table.Td>{one.trial_ends_at === null ? '–' : timeText(one.trial_ends_at)}</Table.Td>
              </Table.Tr>
            )}
          </Part>
          <Part title="Invoices above zero" head={['Invoice', 'Amount', 'State', 'Attempts']} rows={data.invoices}>
            {(one) => (
              <Table.Tr key={one.invoice_ref}>
                <Table.Td>
                  <StripeLink id={one.invoice_ref} />
                </Table.Td>
                <Table.Td>{moneyText(one.amount_cents, one.currency)}</Table.Td>
                <Table.Td>
                  <State word={one.state} good={one.state === 'paid'} />
                </Table.Td>
                <Table.Td>{one.attempts}</Table.Td>
              </Table.Tr>
            )}
          </Part>
          <Part title="Refunds" head={['Payment', 'Amount', 'Why', 'Given back']} rows={data.refunds}>
            {(one) => (
              <Table.Tr key={one.payment_intent}>
                <Table.Td>
                  <StripeLink id={one.payment_intent} />
                </Table.Td>
                <Table.Td>{moneyText(one.amount_cents, one.currency)}</Table.Td>
                <Table.Td>{spoken(one.reason)}</Table.Td>
                <Table.Td>{one.refunded_at === null ? 'not yet' : timeText(one.refunded_at)}</Table.Td>
              </Table.Tr>
            )}
          </Part>
          <Part title="Payment pages" head={['No.', 'Plan', 'State', 'Trouble']} rows={data.checkouts}>
            {(one) => (
              <Table.Tr key={one.checkout_id}>
                <Table.Td>{one.generation}</Table.Td>
                <Table.Td>{spoken(one.plan)}</Table.Td>
                <Table.Td>
                  <State word={one.state} good={one.state === 'completed'} />
                </Table.Td>
                <Table.Td>{one.last_error ?? '–'}</Table.Td>
              </Table.Tr>
            )}
          </Part>
        </Stack>
      )}
    </Panel>
  );
}

function Part<Row>({ title, head, rows, children }: PartProps<Row>) {
  if (rows.length === 0) return null;
  return (
    <div>
      <Title order={3} size="h5" mb={4}>
        {title}
      </Title>
      <WideTable label={title} head={head}>
        {rows.map(children)}
      </WideTable>
    </div>
  );
}

interface PartProps<Row> {
  title: string;
  head: string[];
  rows: Row[];
  children: (row: Row) => ReactNode;
}

function State({ word, good }: { word: string; good: boolean }) {
  return (
    <Badge variant="outline" color={good ? 'teal' : 'gray'} c="inherit" tt="none">
      {spoken(word)}
    </Badge>
  );
}

/** Stripe's dashboard has a page for every id; so has the sandbox, where that is what we talk to. */
function StripeLink({ id }: { id: string }) {
  const { sandbox_url: sandbox } = offer;
  const href = sandbox === null ? `https://dashboard.stripe.com/search?query=${id}` : `${sandbox}/stripe/${id}`;
  return (
    <Anchor href={href} target="_blank" rel="noreferrer" style={{ overflowWrap: 'anywhere' }}>
      {id}
    </Anchor>
  );
}
