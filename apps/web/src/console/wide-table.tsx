import { Box, Table } from '@mantine/core';
import type { ReactNode } from 'react';

/** A table that scrolls sideways by itself on a phone, with the keyboard too. */
export function WideTable({ label, head, children }: { label: string; head: string[]; children: ReactNode }) {
  return (
    <Box role="region" aria-label={label} tabIndex={0} style={{ overflowX: 'auto' }}>
      <Table miw={560} verticalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            {head.map((name) => (
              <Table.Th key={name} scope="col">
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>{children}</Table.Tbody>
      </Table>
    </Box>
  );
}
