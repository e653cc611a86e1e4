import { Button, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { AnswerCard } from '../answers/answer-card';
import { answer, workspace } from '../api/client';
import { asProblem } from '../api/problem';
import { ProblemNote } from '../feedback/problem-note';
import { useDocuments } from '../workspace/documents/use-documents';
import type { StepProps } from './step-props';

export function AskOwnDocument({ onAsked, onNext }: StepProps & { onAsked: () => void }) {
  const [question, setQuestion] = useState('');
  const documents = useDocuments();
  const own = documents.data?.documents.find(({ state }) => state === 'indexed');
  const ask = useMutation({
    mutationFn: async (query: string) => {
      const body = { query, ...(own ? { document_ids: [own.document_id] } : {}) };
      const params = { header: { 'x-latchkey-channel': 'wizard' } };
      return { query, ...(await answer(workspace.POST('/v1/query', { body, params }))) };
    },
    onSuccess: onAsked,
  });
  const found = ask.data?.grounded === true;
  return (
    <Stack mt="md">
      <Text>
        Ask something that stands in {own ? <strong>{own.title}</strong> : 'your document'}, in your own words.
      </Text>
      {ask.error && <ProblemNote problem={asProblem(ask.error)}>It was not counted.</ProblemNote>}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (question.trim() !== '') ask.mutate(question.trim());
        }}
      >
        <Stack gap="sm">
          <TextInput
            label="Your question"
            placeholder="For example: what is it about?"
            maxLength={2_000}
            value={question}
            onChange={(event) => setQuestion(event.currentTarget.value)}
          />
          <Button type="submit" loading={ask.isPending} variant={found ? 'default' : 'filled'} size="md">
            Ask
          </Button>
        </Stack>
      </form>
      {ask.data && <AnswerCard question={ask.data.query} answer={ask.data.answer} sources={ask.data.sources} />}
      {ask.data && !found && (
        <Text size="sm">
          Try words that stand in the document. It answers only from there, and says so when it cannot.
        </Text>
      )}
      {found && (
        <Button onClick={onNext} size="md">
          Done: finish the setup
        </Button>
      )}
    </Stack>
  );
}
