import { Anchor, EmptyState, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { answer, billing } from '../../api/client';
import { Loaded } from '../view';
import { dateText, moneyText } from './billing-words';

export function InvoiceTable() {
  const invoices = useQuery({
    queryKey: ['billing', 'invoices'],
    queryFn: () => answer(billing.GET('/api/billing/invoices')),
  });
  return (
    <Loaded query={invoices}>
      {({ invoices: list, stripe }) =>
        list.length === 0 ? (
          <EmptyState title="No invoice yet" description="The first one comes when the trial ends." />
        ) : (
          <>
            <Table.ScrollContainer minWidth={460} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
              <Table>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Date</Table.Th>
                    <Table.Th>Amount</Table.Th>
                    <Table.Th>State</Table.Th>
                    <Table.Th>Document</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {list.map((invoice) => (
                    <Table.Tr key={invoice.invoice_id}>
                      <Table.Td>{dateText(invoice.date)}</Table.Td>
                      <Table.Td>{moneyText(invoice.amount_cents, invoice.currency)}</Table.Td>
                      <Table.Td>{invoice.status}</Table.Td>
                      <Table.Td>
                        {invoice.hosted_url === null ? (
                          'Not now'
                        ) : (
                          <Anchor href={invoice.hosted_url}>Invoice {invoice.number ?? ''}</Anchor>
                        )}
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
            {stripe === 'unavailable' && (
              <Text size="sm" c="dimmed">
                Stripe does not answer right now: the list is from our own books, without the documents.
              </Text>
            )}
          </>
        )
      }
    </Loaded>
  );
}
