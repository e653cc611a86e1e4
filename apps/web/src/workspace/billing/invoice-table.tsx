import type { BillingInvoices } from '@latchkey/contracts';
import { Anchor, Badge, EmptyState, Group, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { answer, billing } from '../../api/client';
import { WideTable } from '../../layout/wide-table';
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
            <WideTable label="Invoices" head={['Date', 'Invoice', 'Amount', 'State', 'Document']}>
              {list.map((invoice) => (
                <InvoiceRow key={invoice.invoice_id} invoice={invoice} />
              ))}
            </WideTable>
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

const colours: Record<string, string> = { paid: 'teal', open: 'orange', uncollectible: 'red', void: 'gray' };

function InvoiceRow({ invoice }: { invoice: BillingInvoices['invoices'][number] }) {
  const { date, number, amount_cents: cents, currency, status, hosted_url: page, pdf_url: pdf } = invoice;
  const name = number ?? 'this invoice';
  return (
    <Table.Tr>
      <Table.Td>{dateText(date)}</Table.Td>
      <Table.Td>{number ?? '–'}</Table.Td>
      <Table.Td style={{ fontVariantNumeric: 'tabular-nums' }}>{moneyText(cents, currency)}</Table.Td>
      <Table.Td>
        <Badge variant="outline" color={colours[status] ?? 'gray'} c="inherit" tt="none">
          {cents === 0 && status === 'paid' ? 'nothing to pay' : status}
        </Badge>
      </Table.Td>
      <Table.Td>
        {page === null && pdf === null && 'Not now'}
        <Group gap="sm">
          {page !== null && (
            <Anchor href={page} aria-label={`View ${name}`}>
              View
            </Anchor>
          )}
          {pdf !== null && (
            <Anchor href={pdf} aria-label={`${name} as PDF`}>
              PDF
            </Anchor>
          )}
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}
