import { Button, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { answer, signup } from '../api/client';
import { asProblem } from '../api/problem';

/** The service mails one code a minute; the button says when the next one can be had, instead of refusing. */
const pauseSeconds = 60;

export function ResendCode({ tenantId, onSent }: { tenantId: string; onSent: () => void }) {
  const [opensAtMs, setOpensAtMs] = useState(() => Date.now() + pauseSeconds * 1_000);
  const [note, setNote] = useState('');
  const secondsLeft = useSecondsUntil(opensAtMs);
  const resend = useMutation({
    mutationFn: () => answer(signup.POST('/api/onboarding/resend-code', { body: { tenant_id: tenantId } })),
    onSuccess: ({ message }) => {
      setNote(message);
      setOpensAtMs(Date.now() + pauseSeconds * 1_000);
      onSent();
    },
    onError: (error) => {
      const { problem } = asProblem(error);
      setNote(problem.title);
      if (problem.retry_after !== undefined) setOpensAtMs(Date.now() + problem.retry_after * 1_000);
    },
  });
  return (
    <>
      <Button variant="default" disabled={secondsLeft > 0} loading={resend.isPending} onClick={() => resend.mutate()}>
        {secondsLeft > 0 ? `New code in ${secondsLeft} s` : 'Send a new code'}
      </Button>
      <Text size="sm" role="status">
        {note}
      </Text>
    </>
  );
}

function useSecondsUntil(atMs: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, []);
  return Math.max(0, Math.ceil((atMs - now) / 1_000));
}
