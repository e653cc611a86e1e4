import { Badge, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { ActButton } from './act-dialog';
import { ask } from './operator-api';
import { Panel } from './panel';
import type { MailRow } from './shapes';
import { WideTable } from '../layout/wide-table';
import { spoken, timeText } from './words';

/** Every mail this customer was sent, or was not; what failed can be sent again. */
export function TenantMails({ tenantId }: { tenantId: string }) {
  const mails = useQuery({
    queryKey: ['console', 'tenant', tenantId, 'mails'],
    queryFn: () =>
      ask<{ messages: MailRow[] }>(
        'notifier',
        `/api/notifier/messages?tenant_id=${encodeURIComponent(tenantId)}&limit=50`,
      ),
    refetchInterval: 10_000,
  });
  return (
    <Panel
      title="Mails"
      query={mails}
      empty={({ messages }) => (messages.length === 0 ? 'Nothing was mailed to this customer yet.' : null)}
    >
      {({ messages }) => (
        <WideTable label="Mails to this customer" head={['Mail', 'State', 'What became of it', 'When', 'Act']}>
          {messages.map((mail) => (
            <Table.Tr key={mail.id}>
              <Table.Th scope="row">{spoken(mail.template)}</Table.Th>
              <Table.Td>
                <Badge variant="outline" color={colours[mail.state] ?? 'gray'} c="inherit" tt="none">
                  {mail.state}
                </Badge>
                {mail.reason && <Text size="sm">{spoken(mail.reason)}</Text>}
              </Table.Td>
              <Table.Td>{fateOf(mail)}</Table.Td>
              <Table.Td>{timeText(mail.sent_at ?? mail.created_at)}</Table.Td>
              <Table.Td>
                {mail.state === 'failed' && (
                  <ActButton
                    label="Send again"
                    what={`The mail “${spoken(mail.template)}” is sent once more, if its cause is mended.`}
                    service="notifier"
                    path={`/api/notifier/messages/${mail.id}/resend`}
                  />
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </WideTable>
      )}
    </Panel>
  );
}

const colours: Record<string, string> = { sent: 'teal', failed: 'red', uncertain: 'orange', queued: 'indigo' };

/** The furthest that is known; a machine that opens mails is no reader (lesson 21). */
function fateOf(mail: MailRow): string {
  if (mail.bounced_at) return 'Came back';
  if (mail.clicked_at) return 'Read, and a link opened';
  if (mail.opened_at) return 'Opened';
  return mail.delivered_at ? 'Delivered' : '–';
}
