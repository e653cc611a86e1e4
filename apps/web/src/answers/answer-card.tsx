import { Accordion, Badge, Group, Highlight, Paper, Text, Title } from '@mantine/core';
import type { Answered } from './answered';
import { citedSentence } from './cited-sentence';

/** An answer with its passages. The first passage is open, and the sentence the answer comes from is marked in it. */
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
          <Title order={3} size="h5" mb={4}>
            Where this comes from
          </Title>
          <Accordion variant="separated" multiple defaultValue={['0']} order={4}>
            {sources.map((source, index) => (
              <Accordion.Item key={`${source.document_id}-${index}`} value={String(index)}>
                <Accordion.Control>
                  <Group gap="xs">
                    <Text>{source.title}</Text>
                    {source.sample && (
                      <Badge variant="outline" color="gray.8">
                        Sample
                      </Badge>
                    )}
                  </Group>
                </Accordion.Control>
                <Accordion.Panel>
                  <Highlight
                    highlight={citedSentence(source.passage, answer)}
                    highlightStyles={{ background: undefined }}
                    style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}
                  >
                    {source.passage}
                  </Highlight>
                </Accordion.Panel>
              </Accordion.Item>
            ))}
          </Accordion>
        </>
      )}
    </Paper>
  );
}
