import { Anchor, Button, Group, Stack, Text, Textarea } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { Link } from 'react-router';
import { AnswerCard } from '../../answers/answer-card';
import { ProblemNote } from '../../feedback/problem-note';
import { offer } from '../../offer';
import { useDocuments } from '../documents/use-documents';
import { View } from '../view';
import { useAsk } from './use-ask';
import { WaysOn } from './ways-on';

/** Ask, and see the answer with its passages. Answers stay on the page until it is left: nobody's words are stored. */
export function QuestionsPage() {
  const [text, setText] = useState('');
  const field = useRef<HTMLTextAreaElement>(null);
  const { ask, answers, current, problem } = useAsk();
  const documents = useDocuments();
  const empty = documents.data?.documents.length === 0;
  useEffect(() => {
    if (problem) field.current?.focus();
  }, [problem]);
  const send = (question: string) => {
    if (question.trim() === '' || current) return;
    void ask(question.trim()).then((answered) => {
      // Whoever has begun the next question meanwhile keeps it.
      if (answered) setText((now) => (now === question ? '' : now));
    });
  };
  return (
    <View title="Questions" about="Answers come from your documents only, with the passage they are taken from.">
      <Stack>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            send(text);
          }}
        >
          <Textarea
            ref={field}
            label="Your question"
            description="Enter sends it, Shift and Enter begins a new line."
            autosize
            minRows={2}
            maxLength={2_000}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
              event.preventDefault();
              send(text);
            }}
          />
          <Group mt="sm">
            <Button type="submit" loading={current !== null}>
              Ask
            </Button>
            {answers.length === 0 && !current && (
              <Button variant="default" onClick={() => send(offer.sample_question)}>
                Try “{offer.sample_question}”
              </Button>
            )}
          </Group>
        </form>
        {problem && (
          <ProblemNote problem={problem}>
            <WaysOn code={problem.problem.code} />
          </ProblemNote>
        )}
        {current && <AnswerCard question={current.question} answer={current.answer || '…'} sources={current.sources} />}
        {answers.map((answered) => (
          <AnswerCard key={answered.id} {...answered} />
        ))}
        {empty && answers.length === 0 && !current && (
          <Text>
            There are only the sample documents yet.{' '}
            <Anchor component={Link} to="/app/documents">
              Add one of your own
            </Anchor>{' '}
            and ask about it.
          </Text>
        )}
      </Stack>
    </View>
  );
}
