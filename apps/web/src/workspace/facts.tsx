import { DataList } from '@mantine/core';

/** Names and what they are, below each other, so that it fits a phone. */
export function Facts({ facts }: { facts: { label: string; value: string }[] }) {
  return (
    <DataList orientation="vertical">
      {facts.map(({ label, value }) => (
        <DataList.Item key={label}>
          <DataList.ItemLabel>{label}</DataList.ItemLabel>
          <DataList.ItemValue>{value}</DataList.ItemValue>
        </DataList.Item>
      ))}
    </DataList>
  );
}
