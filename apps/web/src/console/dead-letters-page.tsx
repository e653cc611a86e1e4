import type { DeadLetter, DeadLetterPage, Owner } from '@latchkey/contracts';
import { Anchor, Group, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { ActButton } from './act-dialog';
import { ask, services } from './operator-api';
import { Panel } from './panel';
import { WideTable } from '../layout/wide-table';
import { timeText } from './words';

const path = '/api/operator/dead-letters';

/** What the services gave up, each service's own: handled once more, or never. */
export function DeadLettersPage() {
  return (
    <Stack>
      <title>Dead letters · Console · Latchkey</title>
      <Title order={1}>Dead letters</Title>
      <Text>
        Events and jobs that a service could not handle. Mend the cause first, then handle them again; doing it twice is
        harmless.
      </Text>
      {services.map((service) => (
        <ServiceLetters key={service} service={service} />
      ))}
    </Stack>
  );
}

function ServiceLetters({ service }: { service: Owner }) {
  const letters = useQuery({
    queryKey: ['console', 'dead-letters', service],
    queryFn: () => ask<DeadLetterPage>(service, `${path}?limit=100`),
    refetchInterval: 10_000,
  });
  return (
    <Panel
      title={`${service} (${letters.data?.total ?? '…'})`}
      query={letters}
      empty={({ total }) => (total === 0 ? 'None.' : null)}
    >
      {({ dead_letters: rows, total }) => (
        <Stack>
          <Group>
            <ActButton
              label="Handle all again"
              what={`The oldest fifty of ${total} in ${service} are handled again, in order.`}
              service={service}
              path={`${path}/redrive`}
            />
          </Group>
          <WideTable label={`Dead letters of ${service}`} head={['What', 'Customer', 'Died', 'Reason', 'Act']}>
            {rows.map((letter) => (
              <LetterRow key={letter.id} service={service} letter={letter} />
            ))}
          </WideTable>
        </Stack>
      )}
    </Panel>
  );
}

function LetterRow({ service, letter }: { service: Owner; letter: DeadLetter }) {
  const { id, what, tenant_id, dead_at, reason, tries, earlier_of_tenant: earlier } = letter;
  return (
    <Table.Tr>
      <Table.Td>{what}</Table.Td>
      <Table.Td>
        {tenant_id && (
          <Anchor component={Link} to={`/console/tenants/${tenant_id}`}>
            {tenant_id}
          </Anchor>
        )}
      </Table.Td>
      <Table.Td>
        {timeText(dead_at)}, after {tries} {tries === 1 ? 'try' : 'tries'}
      </Table.Td>
      <Table.Td>
        {reason}
        {earlier > 0 && ` (${earlier} earlier of this customer wait: those first)`}
      </Table.Td>
      <Table.Td>
        <Group gap="xs">
          <ActButton
            label="Handle again"
            what={`${what} is handled once more, now.`}
            service={service}
            path={`${path}/${id}/redrive`}
          />
          <ActButton
            label="Discard"
            what={`${what} is never handled, not even when the stream is filled again. This cannot be undone.`}
            service={service}
            path={`${path}/${id}/discard`}
          />
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}
