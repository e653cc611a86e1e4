import type { TenantStatusResponse } from '@latchkey/contracts';
import { Anchor, Button, Group, Text } from '@mantine/core';
import { Link } from 'react-router';
import { offer } from '../offer';

/** The one thing to do now, and at least one other way. */
export function NextAction({ status }: { status: TenantStatusResponse }) {
  const { tenant_id: tenantId, checkout_url: checkoutUrl, next } = status;
  const verify = `/verify/${tenantId}`;
  const support = `mailto:${offer.support_email}?subject=${encodeURIComponent(`My signup ${tenantId}`)}`;
  switch (next) {
    case 'pay':
      return (
        <>
          <Group>
            <Button component="a" href={checkoutUrl ?? ''} size="md">
              Go on to the payment page
            </Button>
            {!status.email_verified && (
              <Button component={Link} to={verify} variant="default" size="md">
                Type my code first
              </Button>
            )}
          </Group>
          <Text size="sm" c="dimmed" mt="xs">
            You go to our payment partner’s page and come back here. Not now? Your signup waits: come back to this page,
            or sign up again with the same email and password.
          </Text>
        </>
      );
    case 'verify_email':
      return (
        <Group>
          <Button component={Link} to={verify} size="md">
            Type my code
          </Button>
          <Anchor href={support}>No mail came? Write to us</Anchor>
        </Group>
      );
    case 'wait':
      return (
        <Group>
          <Anchor href={support}>Write to us</Anchor>
          <Anchor component={Link} to="/docs/quickstart">
            Meanwhile, read the quick start
          </Anchor>
        </Group>
      );
    case 'log_in':
      return (
        // On a phone its words take two lines.
        <Button
          component={Link}
          to="/login"
          size="md"
          h="auto"
          mih={42}
          py="xs"
          styles={{ label: { whiteSpace: 'normal' } }}
        >
          Log in and ask the first question
        </Button>
      );
    case 'contact_support':
      return (
        <Group>
          <Button component="a" href={support} size="md">
            Write to us
          </Button>
          {status.status === 'suspended' && (
            <Button component={Link} to="/login?next=/app/billing" variant="default" size="md">
              Log in and update my card
            </Button>
          )}
          <Anchor component={Link} to="/docs">
            Read the guides
          </Anchor>
        </Group>
      );
    case 'start_again':
      return (
        <Group>
          <Button component={Link} to="/signup" size="md">
            Sign up again
          </Button>
          <Anchor href={support}>Write to us</Anchor>
        </Group>
      );
    case 'nothing':
      return (
        <Button component={Link} to="/" variant="default">
          Back to the start
        </Button>
      );
  }
}
