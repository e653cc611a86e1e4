import { Table } from '@mantine/core';
import type { CSSProperties, ReactNode } from 'react';

/**
 * A table on a desktop; on a phone each row stands for itself, its cells below each other under their heads (wide-table in
 * app.css), because a row whose button is off the screen is of no use. Each row has as many cells as there are heads.
 */
export function WideTable({ label, head, children }: { label: string; head: string[]; children: ReactNode }) {
  const names = Object.fromEntries(head.map((name, index) => [`--head-${index + 1}`, JSON.stringify(name)]));
  return (
    <Table className="wide-table" aria-label={label} verticalSpacing="xs" style={names as CSSProperties}>
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
  );
}
