import { Alert, Anchor, Button, Container, List, Text, Title } from '@mantine/core';
import { Link, useSearchParams } from 'react-router';
import { offer } from '../offer';
import { recall } from './remembered';
import { SignupForm } from './signup-form';

export function SignupPage() {
  const [query] = useSearchParams();
  return (
    <Container size={560} py="xl">
      <title>Sign up · Latchkey</title>
      {query.get('cancelled') === 'true' && <CheckoutLeft />}
      <Title order={1}>Start free for {offer.trial_days} days</Title>
      <Text c="dimmed" mt="xs" mb="lg">
        Step 1 of 3. Next we mail you six digits, then you add a card. Nothing is charged before the trial ends.
      </Text>
      <SignupForm plan={query.get('plan')} />
      <Text mt="lg">
        Signed up before?{' '}
        <Anchor component={Link} to="/login" underline="always">
          Log in
        </Anchor>
        . If you stopped half-way, sign up here again with the same email and password: you go on where you stopped.
      </Text>
    </Container>
  );
}

/** Back from the payment page without having paid. */
function CheckoutLeft() {
  const tenantId = recall('tenant');
  return (
    <Alert title="You left the payment page" variant="outline" mb="xl" role="status">
      <List spacing="xs" size="sm" mb={tenantId === null ? 0 : 'sm'}>
        <List.Item>Nothing was charged, and your signup is safe.</List.Item>
        <List.Item>
          To change the plan or the address, sign up below. Questions first?{' '}
          <Anchor href={`mailto:${offer.support_email}`}>Write to us</Anchor>.
        </List.Item>
      </List>
      {tenantId !== null && (
        <Button component={Link} to={`/progress/${tenantId}`}>
          Go on with my signup
        </Button>
      )}
    </Alert>
  );
}
