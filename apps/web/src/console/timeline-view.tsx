import { Badge, Code, Group, Text, Timeline as Line } from '@mantine/core';
import type { Timeline } from './shapes';
import { factOf, timeText, withTimes } from './words';

/** Every fact about one customer in order: steps, mails, payments, questions. Facts hold no names and no words of theirs. */
export function TimelineView({ timeline: { events, total_events: total } }: { timeline: Timeline }) {
  return (
    <>
      <Line bulletSize={14} lineWidth={2}>
        {events.map(({ event_id, type, occurred_at, data }) => {
          const { owner, name } = factOf(type);
          return (
            <Line.Item
              key={event_id}
              title={
                <Group gap="xs">
                  <Text span fw={600}>
                    {name}
                  </Text>
                  <Badge variant="outline" size="sm" c="inherit">
                    {owner}
                  </Badge>
                </Group>
              }
            >
              <Text size="sm">{timeText(occurred_at)}</Text>
              <Code style={{ overflowWrap: 'anywhere' }}>{dataText(data)}</Code>
            </Line.Item>
          );
        })}
      </Line>
      {events.length < total && (
        <Text size="sm" c="dimmed" mt="md">
          The first {events.length} of {total}.
        </Text>
      )}
    </>
  );
}

function dataText(data: Record<string, unknown>): string {
  return Object.entries(data)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? withTimes(value) : JSON.stringify(value)}`)
    .join(' · ');
}
