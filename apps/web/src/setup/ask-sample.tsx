import { Button, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { AnswerCard } from '../answers/answer-card';
import { answer, signup } from '../api/client';
import { asProblem } from '../api/problem';
import { ProblemNote } from '../feedback/problem-note';
import { offer } from '../offer';
import type { StepProps } from './step-props';

export function AskSample({ onAsked, onNext }: Pick<StepProps, 'onNext'> & { onAsked: () => void }) {
  const ask = useMutation({
    mutationFn: () => answer(signup.POST('/api/onboarding/setup-wizard/sample-query', { body: {} })),
    onSuccess: onAsked,
  });
  return (
    <Stack mt="md">
      <Text>Your workspace comes with three short sample documents. See how an answer looks:</Text>
      {ask.error && <ProblemNote problem={asProblem(ask.error)}>It was not counted.</ProblemNote>}
      {!ask.data && (
        <Button onClick={() => ask.mutate()} loading={ask.isPending} size="md">
          Ask “{offer.sample_question}”
        </Button>
      )}
      {ask.data && (
        <>
          <AnswerCard question={offer.sample_question} answer={ask.data.answer} sources={ask.data.sources} />
          <Button onClick={onNext} size="md">
            Next: add a document of mine
          </Button>
        </>
      )}
    </Stack>
  );
}
