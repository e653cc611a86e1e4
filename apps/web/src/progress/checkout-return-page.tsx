import type { ConfirmCheckoutResponse } from '@latchkey/contracts';
import { Alert, Button, Container, Group, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, Navigate, useSearchParams } from 'react-router';
import { answer, signup } from '../api/client';
import { asProblem } from '../api/problem';
import { Trouble } from '../feedback/trouble';
import { offer } from '../offer';

const lookAgainMs = 3_000;

/**
 * Back from the payment page, perhaps before the news of it: billing asks Stripe itself, again and again while something
 * is still open, and that is also what finds a payment whose webhook was lost.
 */
export function CheckoutReturnPage() {
  const [query] = useSearchParams();
  const sessionId = query.get('session_id') ?? '';
  const known = /^[\w-]{1,255}$/.test(sessionId);
  const confirm = useQuery({
    queryKey: ['checkout', sessionId],
    queryFn: () => answer(signup.POST('/api/onboarding/confirm-checkout', { body: { session_id: sessionId } })),
    enabled: known,
    refetchInterval: ({ state }) => (state.error || waits(state.data) ? lookAgainMs : false),
  });
  const news = confirm.data;
  if (news?.state === 'completed' && news.tenant) return <Navigate to={`/progress/${news.tenant.tenant_id}`} replace />;
  const state = known ? news?.state : 'unknown';
  return (
    <Container size="sm" py="xl">
      <title>Your payment · Latchkey</title>
      <Title order={1} mb="md">
        Welcome back
      </Title>
      {confirm.error && !news ? (
        <Trouble problem={asProblem(confirm.error)}>You need not pay again.</Trouble>
      ) : (
        <Text size="lg" role="status" mb="md">
          {state === undefined ? 'We are asking Stripe about your payment. This takes a second.' : sentences[state]}
        </Text>
      )}
      {waits(news) && (
        <Alert variant="outline" mb="md">
          This page looks again every three seconds and goes on by itself. You may also close it: we mail you.
        </Alert>
      )}
      <Group>
        {news?.tenant && (
          <Button component={Link} to={`/progress/${news.tenant.tenant_id}`}>
            See where my signup stands
          </Button>
        )}
        {(state === 'expired' || state === 'unknown') && (
          <Button component={Link} to="/signup">
            Go on with my signup
          </Button>
        )}
        <Button component="a" href={`mailto:${offer.support_email}`} variant="default">
          Write to us
        </Button>
      </Group>
    </Container>
  );
}

function waits(news: ConfirmCheckoutResponse | undefined): boolean {
  return news?.state === 'open' || news?.state === 'unanswered' || (news?.state === 'completed' && !news.tenant);
}

const sentences: Record<ConfirmCheckoutResponse['state'], string> = {
  completed: 'Your payment details have arrived.',
  open: 'This payment is not confirmed yet.',
  expired: 'This payment page was closed before it was paid. Nothing was charged.',
  unknown: 'We do not know this payment. If you paid, nothing is lost: the mail we sent you leads to your account.',
  unanswered: 'We could not ask about your payment just now. Nothing is lost, and you need not pay again.',
};
