import { Anchor, Button, Container, Group, PinInput, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, Navigate, useNavigate, useParams } from 'react-router';
import { answer, signup } from '../api/client';
import { asProblem } from '../api/problem';
import { ProblemNote } from '../feedback/problem-note';
import { offer } from '../offer';
import { recall } from '../signup/remembered';
import { ResendCode } from './resend-code';

export function VerifyPage() {
  const { tenantId = '' } = useParams();
  const navigate = useNavigate();
  const [code, setCode] = useState('');
  // A refused code leaves fresh fields: the library's keep a memory of a full one.
  const [round, setRound] = useState(0);
  const verify = useMutation({
    mutationFn: (digits: string) =>
      answer(signup.POST('/api/onboarding/verify-email', { body: { tenant_id: tenantId, code: digits } })),
    onSuccess: () => void navigate(`/progress/${tenantId}`),
    onError: (error) => {
      if (asProblem(error).passing) return;
      setCode('');
      setRound((last) => last + 1);
    },
  });
  // Who came back to an old signup may have confirmed long ago. Not knowing is no obstacle: the form works without.
  const status = useQuery({
    queryKey: ['status', tenantId],
    queryFn: () => answer(signup.GET('/api/onboarding/tenants/{tenantId}', { params: { path: { tenantId } } })),
  });
  const email = recall('email');
  if (status.data?.email_verified) return <Navigate to={`/progress/${tenantId}`} replace />;
  return (
    <Container size={520} py="xl">
      <title>Confirm your email · Latchkey</title>
      <Title order={1}>Check your mail</Title>
      <Text mt="xs" mb="lg">
        Step 2 of 3. We sent six digits to {email === null ? 'your address' : <strong>{email}</strong>}. They are good
        for 15 minutes. Next you add a card.
      </Text>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (code.length === 6) verify.mutate(code);
        }}
      >
        <Stack>
          {verify.error && <ProblemNote problem={asProblem(verify.error)} />}
          <PinInput
            key={round}
            length={6}
            type="number"
            inputMode="numeric"
            oneTimeCode
            autoFocus
            size="lg"
            gap="xs"
            value={code}
            onChange={setCode}
            onComplete={(digits) => verify.mutate(digits)}
            disabled={verify.isPending}
            error={verify.isError && code === ''}
            aria-label="Digit of the code"
          />
          <Group>
            <Button type="submit" loading={verify.isPending} disabled={code.length !== 6}>
              Confirm
            </Button>
            <ResendCode tenantId={tenantId} onSent={() => verify.reset()} />
          </Group>
        </Stack>
      </form>
      <Text size="sm" mt="lg" c="dimmed">
        No mail after a minute? Look into the spam folder, or{' '}
        <Anchor component={Link} to="/signup">
          sign up again
        </Anchor>{' '}
        with the right address.
        {offer.sandbox_url !== null && (
          <>
            {' '}
            On this test installation mails arrive in the{' '}
            <Anchor href={`${offer.sandbox_url}/inbox`}>sandbox inbox</Anchor>.
          </>
        )}
      </Text>
    </Container>
  );
}
