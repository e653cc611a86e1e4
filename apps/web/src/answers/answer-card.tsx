import { Accordion, Badge, Group, Paper, Text, Title } from '@mantine/core';
import type { Answered } from './answered';
import { Passage } from './passage';

/** An answer with its passages; the first is open, and what the answer rests on is marked in it. */
export function AnswerCard({ question, answer, sources }: Answered) {
  return (
    <Paper withBorder p="md" component="article" aria-label={`Answer to: ${question}`}>
      <Text c="dimmed" size="sm">
        You asked: {question}
      </Text>
      <Text size="lg" my="sm" role="status">
        {answer}
      </Text>
      {sources.length > 0 && (
        <>
          <Title order={2} size="h5" mb={4}>
            Where this comes from
          </Title>
          <Accordion variant="separated" multiple defaultValue={['0']} order={3}>
            {sources.map((source, index) => (
              <Accordion.Item key={`${source.document_id}-${source.chunk}-${index}`} value={String(index)}>
                <Accordion.Control>
                  <Group gap="xs">
                    <Text>
                      [{index + 1}] {source.title}
                    </Text>
                    {source.sample && (
                      <Badge variant="outline" color="gray" tt="none" c="inherit">
                        Sample
                      </Badge>
                    )}
                  </Group>
                </Accordion.Control>
                <Accordion.Panel>
                  <Passage passage={source.passage} highlights={source.highlights} />
                </Accordion.Panel>
              </Accordion.Item>
            ))}
          </Accordion>
        </>
      )}
    </Paper>
  );
}
